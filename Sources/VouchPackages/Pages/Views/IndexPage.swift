import VouchModel

/// The first page below the cover: results by category and control, coverage, KPIs.
struct IndexPage: View {
  let book: Book
  let controls: TablePart<ControlRow>

  private var words: Words { book.words }
  private var assessment: Assessment { book.assessment }

  static let fields: Fields<IndexPage> = [
    .words("t") { $0.words },
    .object("page", PageFrame.self) {
      PageFrame(
        book: $0.book, title: $0.words(.navOverview), base: "", root: "../",
        current: "index.html")
    },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: "") },
    .list("tally", TallyRow.self) { $0.book.tally(of: $0.assessment.conclusions) },
    .markup("tallyBar") { ShareBar.svg($0.book.shares(of: $0.assessment.conclusions)) },
    .flag("hasControls") { !$0.assessment.conclusions.isEmpty },
    .list("categories", CategoryRow.self) { view in
      Category.allCases.map { CategoryRow(book: view.book, category: $0) }
    },
    .flag("hasAttention") { !$0.open.isEmpty },
    .list("attention", ControlRow.self) { $0.attention },
    .text("moreAttention") { view in
      let rest = view.open.count - view.attention.count
      return rest > 0 ? view.words(.andMore, ["n": view.words.number(rest)]) : ""
    },
    .object("controls", TablePart<ControlRow>.self) { $0.controls },
    .list("series", SeriesRow.self) { SeriesRow.all(in: $0.book, base: "") },
    .list("kpis", KPIView.self) { view in
      view.assessment.kpis.map { KPIView(book: view.book, kpi: $0, most: 4) }
    },
    .flag("hasKPIs") { !$0.assessment.kpis.isEmpty },
    .flag("hasPatching") { $0.book.input.patching != nil },
    .list("outcomes", OutcomeRow.self) { view in
      (view.book.input.patching?.reconciliation.outcomes ?? []).map {
        OutcomeRow(outcome: $0, words: view.words)
      }
    },
    .list("patching", PageLink.self) { $0.book.patchingPages(current: "") },
    .flag("hasNotAdopted") { !$0.assessment.notAdopted.isEmpty },
  ]

  /// Controls that neither pass nor are out of play, the worst first.
  private var open: [Conclusion] {
    let order: [Verdict] = [.fail, .insufficientEvidence, .attestationPending]
    return order.flatMap { verdict in assessment.conclusions.filter { $0.verdict == verdict } }
  }

  private var attention: [ControlRow] {
    open.prefix(40).map { ControlRow(book: book, base: "", conclusion: $0) }
  }
}

/// How many controls have a verdict.
struct TallyRow: View {
  let verdict: VerdictView
  let count: Int

  static let fields: Fields<TallyRow> = [
    .text("word") { $0.verdict.words.verdict($0.verdict.verdict) },
    .text("mark") { $0.verdict.verdict.mark },
    .text("count") { $0.verdict.words.number($0.count) },
  ]
}

/// One of the five categories with the result of its own criteria.
struct CategoryRow: View {
  let book: Book
  let category: Category

  private var criteria: [CriterionResult] {
    book.assessment.criteria.filter {
      category == .security ? $0.criterion.category == nil : $0.criterion.category == category
    }
  }
  private var controls: [Conclusion] {
    let own = Set(criteria.flatMap(\.controls))
    return book.assessment.conclusions.filter { own.contains($0.control.id) }
  }
  private var isInScope: Bool { book.engagement.categories.contains(category) }

  static let fields: Fields<CategoryRow> = [
    .text("name") { $0.book.words.category($0.category) },
    .flag("isInScope") { $0.isInScope },
    .text("criteria") { row in
      row.book.words.count(
        row.category == .security ? .commonCriterion : .criterion,
        row.category == .security ? .commonCriteria : .criteria, row.criteria.count)
    },
    .object("verdict", VerdictView.self) { row in
      VerdictView(
        verdict: Verdict.worst(of: row.criteria.map(\.verdict)) ?? .insufficientEvidence,
        words: row.book.words)
    },
    .list("tally", TallyRow.self) { $0.book.tally(of: $0.controls) },
    .markup("bar") { ShareBar.svg($0.book.shares(of: $0.controls)) },
  ]
}

/// A control in the list of results.
struct ControlRow: Row {
  let book: Book
  let base: String
  let conclusion: Conclusion
  /// First and last of its area in the table: a heading stands above, a group of rows ends below.
  var startsArea = false
  var endsArea = false

  private var control: Control { conclusion.control }

  static let tableFields = TablePart<ControlRow>.make()
  static let fields: Fields<ControlRow> = [
    .text("id") { $0.control.id },
    .text("title") { $0.control.title },
    .text("href") { "\($0.base)controls/\($0.control.id).html" },
    .text("owner") { $0.conclusion.owner },
    .list("criteria", CriterionLink.self) { row in
      row.control.criteria.map { CriterionLink(book: row.book, id: $0, base: row.base) }
    },
    .object("verdict", VerdictView.self) { row in
      VerdictView(
        verdict: row.conclusion.verdict, words: row.book.words, figure: "\(row.control.id).verdict")
    },
    .text("reason") { $0.conclusion.reason },
    .object("population", CountView.self) { $0.count($0.conclusion.population, "population") },
    .object("deviating", CountView.self) { $0.count($0.conclusion.deviations, "deviations") },
    .object("undecided", CountView.self) { $0.count($0.conclusion.unknown, "unknown") },
    .object("excepted", CountView.self) { $0.count($0.conclusion.waived, "waived") },
    .flag("hasResult") { !$0.conclusion.slices.isEmpty },
    .markup("coverage") { CoverageBar.svg($0.conclusion.coverage) },
    .text("coverageText") { $0.book.coverageText($0.conclusion.coverage, isShort: true) },
    .flag("startsArea") { $0.startsArea },
    .text("area") { $0.book.words.optional("area.\($0.control.area)") ?? $0.control.area },
    .flag("endsArea") { $0.endsArea },
  ]

  private func count(_ value: Int, _ figure: String) -> CountView {
    CountView(value: value, words: book.words, figure: "\(control.id).\(figure)")
  }

  static func size(_ conclusion: Conclusion) -> Int {
    1600 + 180 * conclusion.control.criteria.count + 60 * min(conclusion.coverage.count, 200)
      + VisibleText.size(conclusion.control.title)
      + VisibleText.size(conclusion.reason, limit: 2000)
  }
}

/// A series of criteria, `CC6`, as a row of cells.
struct SeriesRow: View {
  let book: Book
  let id: String
  let cells: [CriterionCell]

  static let fields: Fields<SeriesRow> = [
    .text("id") { $0.id },
    .text("name") { $0.book.words.optional("series.\($0.id)") ?? "" },
    .list("cells", CriterionCell.self) { $0.cells },
  ]

  static func all(in book: Book, base: String) -> [SeriesRow] {
    var rows: [SeriesRow] = []
    for result in book.assessment.criteria {
      // P1.1 to P8.1 make one row, as A, C and PI do; the common criteria have one for each series.
      let series = result.criterion.series
      let cell = CriterionCell(book: book, result: result, base: base)
      if let last = rows.last, last.id == series {
        rows[rows.count - 1] = SeriesRow(book: book, id: series, cells: last.cells + [cell])
      } else {
        rows.append(SeriesRow(book: book, id: series, cells: [cell]))
      }
    }
    return rows
  }
}

extension Criterion {
  /// `CC6` for CC6.1; `P` for P6.1.
  var series: String {
    let stem = id.prefix { $0 != "." }
    return stem.hasPrefix("CC") ? String(stem) : String(stem.prefix { $0.isLetter })
  }
}

/// A criterion as a cell of the map.
struct CriterionCell: View {
  let book: Book
  let result: CriterionResult
  let base: String

  static let fields: Fields<CriterionCell> = [
    .text("id") { $0.result.criterion.id },
    .text("href") { "\($0.base)criteria.html#\($0.result.criterion.id)" },
    .text("title") { $0.result.criterion.title },
    .text("mark") { $0.result.isInScope ? $0.result.verdict.mark : "none" },
    .text("word") { cell in
      cell.result.isInScope
        ? cell.book.words.verdict(cell.result.verdict) : cell.book.words(.notInScope)
    },
    .flag("isInScope") { $0.result.isInScope },
  ]
}

extension Book {
  /// Verdicts with the number of controls that have them, from worst, none that is zero.
  func tally(of conclusions: [Conclusion]) -> [TallyRow] {
    Self.order.compactMap { verdict in
      let count = conclusions.count { $0.verdict == verdict }
      return count == 0
        ? nil : TallyRow(verdict: VerdictView(verdict: verdict, words: words), count: count)
    }
  }

  func shares(of conclusions: [Conclusion]) -> [(name: String, count: Int)] {
    Self.order.map { verdict in (verdict.mark, conclusions.count { $0.verdict == verdict }) }
  }

  private static let order: [Verdict] = [
    .fail, .insufficientEvidence, .attestationPending, .notOperated, .pass, .notApplicable,
  ]

  /// `evidence for 71 of 92 days, 21 without`, or just `71 of 92 days`.
  func coverageText(_ spans: [CoverageSpan], isShort: Bool = false) -> String {
    guard !spans.isEmpty else { return "" }
    let covered = CoverageBar.seconds(.covered, in: spans)
    let gap = CoverageBar.seconds(.gap, in: spans)
    let future = CoverageBar.seconds(.future, in: spans)
    let values = [
      "covered": words.days(covered), "gap": words.days(gap), "future": words.days(future),
      "days": words.days(covered + gap + future),
    ]
    if isShort { return words(.coverageShort, values) }
    if gap > 0 { return words(.coverageWithGap, values) }
    return words(future > 0 ? .coverageAhead : .coverageWhole, values)
  }
}
