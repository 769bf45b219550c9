import VouchModel

/// The page of one adopted control.
struct ControlPage: View {
  let sheet: ControlSheet
  /// Neighbours in the order of ids.
  let previous: PageLink?
  let next: PageLink?

  static let fields: Fields<ControlPage> = [
    .words("t") { $0.book.words },
    .object("page", PageFrame.self) { $0.frame },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: "../") },
    .object("control", ControlView.self) { ControlView(sheet: $0.sheet) },
    .object("deviations", TablePart<ItemRow>.self) { $0.sheet.items(.deviations) },
    .object("unknown", TablePart<ItemRow>.self) { $0.sheet.items(.unknown) },
    .object("waived", TablePart<ItemRow>.self) { $0.sheet.items(.waived) },
    .object("informative", TablePart<ItemRow>.self) { $0.sheet.items(.informative) },
    .object("differences", TablePart<DifferenceRow>.self) { $0.sheet.differenceRows() },
    .object("waivers", TablePart<WaiverRow>.self) { $0.sheet.waiverRows() },
    .object("evidence", TablePart<EvidenceView>.self) { $0.sheet.evidenceRows() },
    .object("spans", TablePart<SpanRow>.self) { $0.sheet.spanRows() },
    .object("diagnostics", TablePart<DiagnosticRow>.self) { $0.sheet.diagnosticRows() },
    .maybe("previous", PageLink.self) { $0.previous },
    .maybe("next", PageLink.self) { $0.next },
  ]

  private var book: Book { sheet.book }
  private var frame: PageFrame {
    PageFrame(
      book: book, title: "\(sheet.id) \(sheet.conclusion.control.title)", base: "../",
      root: "../../", current: "")
  }
}

/// A control with everything about it that is not a long table.
struct ControlView: View {
  let sheet: ControlSheet

  private var book: Book { sheet.book }
  private var words: Words { book.words }
  private var conclusion: Conclusion { sheet.conclusion }
  private var control: Control { sheet.conclusion.control }
  private var isSplit: Bool { conclusion.slices.count > 1 }

  static let fields: Fields<ControlView> = [
    .text("id") { $0.control.id },
    .text("title") { $0.control.title },
    .text("area") { $0.words.optional("area.\($0.control.area)") ?? $0.control.area },
    .prose("activity") { $0.activity },
    .flag("isAdapted") { !($0.adoption?.activity ?? "").isEmpty },
    .text("categories") { view in
      ([view.control.category] + view.control.also).map(view.words.category)
        .joined(separator: ", ")
    },
    .list("criteria", CriterionLink.self) { view in
      view.control.criteria.map { CriterionLink(book: view.book, id: $0, base: "../") }
    },
    .text("owner") { $0.conclusion.owner },
    .text("frequency") { $0.words.term("frequency", $0.control.frequency) },
    .text("nature") { $0.words.term("nature", $0.control.nature) },
    .text("automation") { $0.words.term("automation", $0.control.automation) },
    .text("mode") { $0.words.term("mode", $0.control.mode.rawValue) },
    .text("modeText") { $0.words.term("modeText", $0.control.mode.rawValue) },
    .object("verdict", VerdictView.self) { $0.verdict },
    .text("reason") { $0.conclusion.reason },
    .object("population", CountView.self) { $0.count($0.conclusion.population, "population") },
    .object("deviating", CountView.self) { $0.count($0.conclusion.deviations, "deviations") },
    .object("undecided", CountView.self) { $0.count($0.conclusion.unknown, "unknown") },
    .object("excepted", CountView.self) { $0.count($0.conclusion.waived, "waived") },
    .flag("hasResult") { !$0.conclusion.slices.isEmpty },
    .text("tolerance") { view in
      view.control.tolerance == .init() ? view.words(.toleranceNone) : view.control.tolerance.text
    },
    .text("populationOf") { $0.words.term("record", $0.control.population.of) },
    .text("populationWhere") { $0.control.population.where },
    .text("emptyVerdict") { $0.words.verdict($0.control.empty) },
    .text("maxGap") { view in view.control.maxGapDays.map(view.words.number) ?? "" },
    .prose("completeness") { $0.control.completeness.text },
    .flag("isReconciledBySQL") { $0.control.completeness.sql != nil },
    .flag("isByConstruction") { $0.control.completeness.isByConstruction },
    .list("reconciliations", ReconciliationRow.self) { $0.reconciliations },
    .flag("isComplete") { $0.incompleteness.isEmpty },
    .list("incompleteness", Line.self) { $0.incompleteness },
    .list("attributes", AttributeRow.self) { view in
      view.conclusion.attributes.map {
        AttributeRow(control: view.control.id, count: $0, words: view.words)
      }
    },
    .flag("isSplit") { $0.isSplit },
    .list("slices", SliceRow.self) { view in
      view.conclusion.slices.enumerated().map {
        SliceRow(number: $0 + 1, result: $1, book: view.book)
      }
    },
    .flag("hasParameters") { $0.conclusion.slices.contains { !$0.parameters.isEmpty } },
    .markup("coverage") { CoverageBar.svg($0.conclusion.coverage) },
    .text("coverageText") { $0.book.coverageText($0.conclusion.coverage) },
    .text("coverageFrom") { view in
      view.conclusion.coverage.first.map { view.words.day($0.from, in: view.book.engagement.zone) }
        ?? ""
    },
    .text("coverageTo") { view in
      view.conclusion.coverage.last.map { view.words.lastDay($0.to, in: view.book.engagement.zone) }
        ?? ""
    },
    .prose("response") { $0.conclusion.response },
    .list("gaps", GapRow.self) { view in
      view.conclusion.gaps.prefix(200).map { GapRow(gap: $0, words: view.words) }
    },
    .flag("hasGaps") { !$0.conclusion.gaps.isEmpty },
    .text("means") { $0.control.means },
    .text("fix") { $0.control.fix },
    .text("sources") { $0.sheet.sources.joined(separator: ", ") },
    .text("lastCollected") { view in view.sheet.lastCollected.map(view.words.instant) ?? "" },
    .text("populationDigest") { $0.book.input.populationDigests[$0.control.id]?.hex ?? "" },
    .text("populationHref") { "../" + Book.inData(PackageLayout.population($0.control.id)) },
    .text("ruleHref") { "../" + Book.inData(PackageLayout.inForce($0.control.file)) },
    .text("ruleFile") { $0.control.file },
    .text("ruleDigest") { $0.control.digest.hex },
    .list("sql", SQLView.self) { $0.sql },
  ]

  private var adoption: Engagement.Adoption? {
    book.engagement.adoptions.first { $0.control == control.id }
  }

  private var activity: String {
    guard let own = adoption?.activity, !own.isEmpty else { return control.activity }
    return own
  }

  private var verdict: VerdictView {
    VerdictView(verdict: conclusion.verdict, words: words, figure: "\(control.id).verdict")
  }

  private func count(_ value: Int, _ figure: String) -> CountView {
    CountView(value: value, words: words, figure: "\(control.id).\(figure)")
  }

  private var reconciliations: [ReconciliationRow] {
    conclusion.slices.enumerated().compactMap { index, slice in
      slice.reconciled.map {
        ReconciliationRow(
          slice: isSplit ? index + 1 : 0, population: $0.population, second: $0.second,
          differences: slice.differences, words: words)
      }
    }
  }

  private var incompleteness: [Line] {
    conclusion.slices.enumerated().flatMap { index, slice in
      slice.incompleteness.prefix(100).map { text in
        Line(text: isSplit ? "\(words(.part)) \(index + 1): \(text)" : text)
      }
    }
  }

  private var sql: [SQLView] {
    var list = [SQLView(title: words(.sqlPopulation), sql: control.population.sql)]
    if let sql = control.completeness.sql {
      list.append(SQLView(title: words(.sqlDifferences), sql: sql))
    }
    if let sql = control.completeness.counts {
      list.append(SQLView(title: words(.sqlCounts), sql: sql))
    }
    if let sql = control.coverage { list.append(SQLView(title: words(.sqlCoverage), sql: sql)) }
    return list
  }
}

/// A piece of SQL with what it does.
struct SQLView: View {
  let title: String
  let sql: String

  static let fields: Fields<SQLView> = [
    .text("title") { $0.title },
    .prose("sql") { $0.sql.trimmingTrailingNewlines },
  ]
}

extension String {
  var trimmingTrailingNewlines: String {
    var text = self[...]
    while text.last?.isNewline == true { text.removeLast() }
    return String(text)
  }
}

/// An attribute with its counts over the population.
struct AttributeRow: View {
  let control: String
  let count: AttributeCount
  let words: Words

  static let fields: Fields<AttributeRow> = [
    .text("id") { "\($0.control)-\($0.count.attribute.key)" },
    .text("key") { $0.count.attribute.key },
    .text("text") { $0.count.attribute.text },
    .prose("expr") { $0.count.attribute.expr },
    .flag("decides") { $0.count.attribute.decides },
    .flag("isAttested") { $0.count.attribute.attested },
    .text("true") { $0.words.number($0.count.true) },
    .text("false") { $0.words.number($0.count.false) },
    .text("unknown") { $0.words.number($0.count.unknown) },
    .flag("hasFalse") { $0.count.attribute.decides && $0.count.false > 0 },
    .flag("hasUnknown") { $0.count.attribute.decides && $0.count.unknown > 0 },
    .markup("share") { $0.share },
  ]
}

extension AttributeRow {
  /// True, false and unknown; without the colours of a verdict when it decides none.
  fileprivate var share: Markup {
    let names = count.attribute.decides ? ["pass", "fail", "lack"] : ["soft", "softer", "future"]
    return ShareBar.svg(Array(zip(names, [count.true, count.false, count.unknown])))
  }
}

/// One part of the period with its own parameters and result.
struct SliceRow: View {
  let number: Int
  let result: SliceResult
  let book: Book

  private var words: Words { book.words }

  static let fields: Fields<SliceRow> = [
    .text("number") { String($0.number) },
    .text("span") { view in
      view.words.span(
        view.result.slice.start, view.result.slice.end, in: view.book.engagement.zone)
    },
    .object("verdict", VerdictView.self) {
      VerdictView(verdict: $0.result.verdict, words: $0.words)
    },
    .text("reason") { $0.result.reason },
    .text("population") { $0.words.number($0.result.population) },
    .text("deviations") { $0.words.number($0.result.deviations) },
    .text("unknown") { $0.words.number($0.result.unknown) },
    .text("waived") { $0.words.number($0.result.waived) },
    .list("parameters", ParameterRow.self) {
      $0.result.parameters.prefix(500).map(ParameterRow.init)
    },
    .flag("hasParameters") { !$0.result.parameters.isEmpty },
  ]
}

/// A parameter in force.
struct ParameterRow: View {
  let name: String
  let key: String
  let value: String

  init(_ parameter: (name: String, key: String, value: String)) {
    (name, key, value) = parameter
  }

  static let fields: Fields<ParameterRow> = [
    .text("name") { $0.key.isEmpty ? $0.name : "\($0.name).\($0.key)" },
    .text("value") { $0.value },
  ]
}

/// The population's count beside that of its second source.
struct ReconciliationRow: View {
  let slice: Int
  let population: Int
  let second: Int
  let differences: [Difference]
  let words: Words

  static let fields: Fields<ReconciliationRow> = [
    .text("slice") { $0.slice == 0 ? "" : String($0.slice) },
    .text("population") { $0.words.number($0.population) },
    .text("second") { $0.words.number($0.second) },
    .text("differences") { $0.words.number($0.differences.count) },
    .text("unexplained") { row in
      row.words.number(row.differences.count { ($0.explanation ?? "").isEmpty })
    },
  ]
}
