import VouchModel

/// All 61 criteria, also those that no control addresses.
struct CriteriaPage: View {
  let book: Book

  static let fields: Fields<CriteriaPage> = [
    .words("t") { $0.book.words },
    .object("page", PageFrame.self) {
      PageFrame(
        book: $0.book, title: $0.book.words(.navCriteria), base: "", root: "../",
        current: "criteria.html")
    },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: "") },
    .list("groups", CriteriaGroup.self) { CriteriaGroup.all(in: $0.book) },
  ]
}

/// The criteria of one series.
struct CriteriaGroup: View {
  let book: Book
  let id: String
  let results: [CriterionResult]

  static let fields: Fields<CriteriaGroup> = [
    .text("id") { $0.id },
    .text("name") { $0.book.words.optional("series.\($0.id)") ?? "" },
    .list("criteria", CriterionView.self) { group in
      group.results.map { CriterionView(book: group.book, result: $0) }
    },
  ]

  static func all(in book: Book) -> [CriteriaGroup] {
    var groups: [CriteriaGroup] = []
    for result in book.assessment.criteria {
      let series = result.criterion.series
      let before = groups.last?.id == series ? groups.removeLast().results : []
      groups.append(CriteriaGroup(book: book, id: series, results: before + [result]))
    }
    return groups
  }
}

/// A criterion in our words with the controls that address it.
struct CriterionView: View {
  let book: Book
  let result: CriterionResult

  /// A criterion that hundreds of controls name lists the first of them.
  private static let most = 100
  private var criterion: Criterion { result.criterion }

  static let fields: Fields<CriterionView> = [
    .text("id") { $0.criterion.id },
    .text("title") { $0.criterion.title },
    .prose("paraphrase") { $0.criterion.paraphrase },
    .text("category") { view in
      view.criterion.category.map(view.book.words.category) ?? view.book.words(.common)
    },
    .text("automatable") { $0.book.words.term("automatable", $0.criterion.automatable) },
    .prose("technical") { $0.criterion.technical },
    .prose("manual") { $0.criterion.manual },
    .flag("isInScope") { $0.result.isInScope },
    .flag("isGap") { $0.result.isInScope && $0.result.controls.isEmpty },
    .object("verdict", VerdictView.self) {
      VerdictView(
        verdict: $0.result.verdict, words: $0.book.words, figure: "\($0.criterion.id).verdict")
    },
    .list("controls", ControlRow.self) { view in
      view.result.controls.prefix(most).compactMap { view.book.conclusions[$0] }.map {
        ControlRow(book: view.book, base: "", conclusion: $0)
      }
    },
    .flag("hasControls") { !$0.result.controls.isEmpty },
    .text("moreControls") { view in
      let rest = view.result.controls.count - most
      return rest > 0 ? view.book.words(.andMore, ["n": view.book.words.number(rest)]) : ""
    },
  ]
}
