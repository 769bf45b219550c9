import VouchModel

/// A link to a page or a file.
struct PageLink: View {
  var href = ""
  var label = ""
  var isCurrent = false

  static let fields: Fields<PageLink> = [
    .text("href") { $0.href },
    .text("label") { $0.label },
    .flag("isCurrent") { $0.isCurrent },
  ]
}

/// A plain text in a list.
struct Line: View {
  let text: String

  static let fields: Fields<Line> = [.text("text") { $0.text }]
}

/// A verdict as word and shape; `figure` names it for the check against `check.json`.
struct VerdictView: View {
  let verdict: Verdict
  let words: Words
  /// `VM-02.verdict`; empty for verdicts that are not a control's.
  var figure = ""

  static let fields: Fields<VerdictView> = [
    .text("word") { $0.words.verdict($0.verdict) },
    .text("mark") { $0.verdict.mark },
    .text("raw") { $0.verdict.rawValue },
    .text("figure") { $0.figure },
  ]
}

/// A count of a control; `figure` names it for the check against `check.json`.
struct CountView: View {
  let value: Int
  let words: Words
  var figure = ""

  static let fields: Fields<CountView> = [
    .text("raw") { String($0.value) },
    .text("text") { $0.words.number($0.value) },
    .text("figure") { $0.figure },
    .flag("isZero") { $0.value == 0 },
  ]
}

/// A row of a long table.
protocol Row: View {
  /// The fields of a table of such rows, `TablePart.make()`; a generic type can not keep them.
  static var tableFields: Fields<TablePart<Self>> { get }
}

/// The rows of a long table that stand on one page, and where the others are.
struct TablePart<R: Row>: View {
  let rows: [R]
  let range: Range<Int>
  let total: Int
  /// All pages of the table, when it has more than one.
  let pages: [PageLink]
  let words: Words

  static var fields: Fields<TablePart<R>> { R.tableFields }

  static func make() -> Fields<TablePart<R>> {
    [
      .list("rows", R.self) { $0.rows },
      .text("total") { $0.words.number($0.total) },
      .text("range") { $0.rangeText },
      .flag("isEmpty") { $0.total == 0 },
      .flag("isPart") { $0.rows.count < $0.total },
      .list("pages", PageLink.self) { $0.pages },
    ]
  }

  private var rangeText: String {
    words(
      .tableRange,
      [
        "from": words.number(range.lowerBound + 1), "to": words.number(range.upperBound),
        "total": words.number(total),
      ])
  }
}

/// What stands around every page.
struct PageFrame: View {
  let book: Book
  let title: String
  /// From this page to `data/`, and to the package's folder.
  let base: String
  let root: String
  var current = ""

  static let fields: Fields<PageFrame> = [
    .text("title") { $0.title },
    .text("language") { $0.book.words(.language) },
    .text("policy") { $0.book.style.policy },
    .markup("style") { $0.book.style.markup },
    .text("base") { $0.base },
    .text("root") { $0.root },
    .list("nav", PageLink.self) { $0.nav },
  ]

  private var nav: [PageLink] {
    let words = book.words
    let patching =
      book.input.patching == nil ? [] : [("patching.html", words(.navPatching))]
    let pages =
      [
        ("index.html", words(.navOverview)), ("criteria.html", words(.navCriteria)),
        ("kpis.html", words(.navKPIs)),
      ] + patching + [
        ("evidence.html", words(.navEvidence)), ("requests.html", words(.navRequests)),
        ("waivers.html", words(.navWaivers)),
      ]
    return pages.map { PageLink(href: base + $0.0, label: $0.1, isCurrent: $0.0 == current) }
  }
}

/// A criterion where a control or a source names it.
struct CriterionLink: View {
  let book: Book
  let id: String
  let base: String

  static let fields: Fields<CriterionLink> = [
    .text("id") { $0.id },
    .text("href") { "\($0.base)criteria.html#\($0.id)" },
    .text("title") { $0.book.criteria[$0.id]?.criterion.title ?? "" },
    .text("paraphrase") { $0.book.criteria[$0.id]?.criterion.paraphrase ?? "" },
  ]
}
