import VouchModel

/// A numbered page that goes on with a long table of another page.
struct ContinuedPage: View {
  /// The rows of one kind; the kind decides which table the template draws.
  enum Rows: Sendable {
    case items(TablePart<ItemRow>)
    case differences(TablePart<DifferenceRow>)
    case waivers(TablePart<WaiverRow>)
    case exclusions(TablePart<ExclusionRow>)
    case notAdopted(TablePart<NotAdoptedRow>)
    case controlEvidence(TablePart<EvidenceView>)
    case evidence(TablePart<EvidenceView>)
    case spans(TablePart<SpanRow>)
    case diagnostics(TablePart<DiagnosticRow>)
    case controls(TablePart<ControlRow>)
    case figures(TablePart<FigureRow>)
    case requests(TablePart<RequestRow>)
  }

  let book: Book
  let base: String
  /// The page it belongs to.
  let parent: PageLink
  let heading: String
  let number: Int
  let pages: Int
  /// The whole table as a file.
  let file: PageLink
  let rows: Rows
  var current = ""

  static let fields: Fields<ContinuedPage> = [
    .words("t") { $0.book.words },
    .object("page", PageFrame.self) { $0.frame },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: $0.base) },
    .object("parent", PageLink.self) { $0.parent },
    .object("file", PageLink.self) { $0.file },
    .text("heading") { $0.heading },
    .text("number") { $0.numberText },
    .maybe("items", TablePart<ItemRow>.self) { if case .items(let p) = $0.rows { p } else { nil } },
    .maybe("differences", TablePart<DifferenceRow>.self) {
      if case .differences(let p) = $0.rows { p } else { nil }
    },
    .maybe("waivers", TablePart<WaiverRow>.self) {
      if case .waivers(let p) = $0.rows { p } else { nil }
    },
    .maybe("exclusions", TablePart<ExclusionRow>.self) {
      if case .exclusions(let p) = $0.rows { p } else { nil }
    },
    .maybe("notAdopted", TablePart<NotAdoptedRow>.self) {
      if case .notAdopted(let p) = $0.rows { p } else { nil }
    },
    .maybe("controlEvidence", TablePart<EvidenceView>.self) {
      if case .controlEvidence(let p) = $0.rows { p } else { nil }
    },
    .maybe("evidence", TablePart<EvidenceView>.self) {
      if case .evidence(let p) = $0.rows { p } else { nil }
    },
    .maybe("spans", TablePart<SpanRow>.self) { if case .spans(let p) = $0.rows { p } else { nil } },
    .maybe("diagnostics", TablePart<DiagnosticRow>.self) {
      if case .diagnostics(let p) = $0.rows { p } else { nil }
    },
    .maybe("controls", TablePart<ControlRow>.self) {
      if case .controls(let p) = $0.rows { p } else { nil }
    },
    .maybe("figures", TablePart<FigureRow>.self) {
      if case .figures(let p) = $0.rows { p } else { nil }
    },
    .maybe("requests", TablePart<RequestRow>.self) {
      if case .requests(let p) = $0.rows { p } else { nil }
    },
  ]

  private var frame: PageFrame {
    PageFrame(
      book: book, title: "\(heading) · \(numberText)", base: base, root: "\(base)../",
      current: current)
  }

  private var numberText: String {
    book.words(.pageOf, ["n": book.words.number(number), "total": book.words.number(pages)])
  }
}
