import VouchModel

/// The index of evidence with its custody, and what the readers had to say about it.
struct EvidencePage: View {
  let book: Book
  let evidence: TablePart<EvidenceView>
  let diagnostics: TablePart<DiagnosticRow>

  static let fields: Fields<EvidencePage> = [
    .words("t") { $0.book.words },
    .object("page", PageFrame.self) {
      PageFrame(
        book: $0.book, title: $0.book.words(.navEvidence), base: "", root: "../",
        current: "evidence.html")
    },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: "") },
    .list("sources", SourceRow.self) { SourceRow.all(in: $0.book) },
    .object("evidence", TablePart<EvidenceView>.self) { $0.evidence },
    .object("diagnostics", TablePart<DiagnosticRow>.self) { $0.diagnostics },
  ]
}

/// A source with what came from it.
struct SourceRow: View {
  let book: Book
  let name: String
  let rows: [EvidenceRow]
  let failure: String

  static let fields: Fields<SourceRow> = [
    .text("name") { $0.name },
    .text("items") { $0.book.words.number($0.rows.count) },
    .text("size") { row in row.book.words.size(row.rows.reduce(0) { $0 + $1.size }) },
    .text("records") { row in row.book.words.number(row.rows.reduce(0) { $0 + $1.recordCount }) },
    .text("last") { row in
      row.rows.map(\.provenance.collectedAt).max().map(row.book.words.instant) ?? ""
    },
    .flag("isComplete") { $0.isComplete },
    .text("mark") { $0.isComplete ? "pass" : "lack" },
    .text("state") { $0.book.words($0.isComplete ? .evidenceComplete : .evidenceIncomplete) },
    .text("failure") { $0.failure },
  ]

  private var isComplete: Bool { failure.isEmpty && rows.allSatisfy(\.isComplete) }

  /// At most 1,000, by name; also those that failed and left nothing.
  static func all(in book: Book) -> [SourceRow] {
    let assessment = book.assessment
    let rows = Dictionary(grouping: assessment.evidence, by: \.provenance.source)
    let failures = Dictionary(grouping: assessment.incomplete, by: \.source)
    return Set(rows.keys).union(failures.keys).sorted().prefix(1000).map { name in
      SourceRow(
        book: book, name: name, rows: rows[name] ?? [],
        failure: (failures[name] ?? []).map(\.text).joined(separator: "; "))
    }
  }
}

/// Waivers, what was scoped out, and the templates that nobody adopted.
struct WaiversPage: View {
  let book: Book
  let waivers: TablePart<WaiverRow>
  let exclusions: TablePart<ExclusionRow>
  let notAdopted: TablePart<NotAdoptedRow>

  static let fields: Fields<WaiversPage> = [
    .words("t") { $0.book.words },
    .object("page", PageFrame.self) {
      PageFrame(
        book: $0.book, title: $0.book.words(.navWaivers), base: "", root: "../",
        current: "waivers.html")
    },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: "") },
    .object("waivers", TablePart<WaiverRow>.self) { $0.waivers },
    .object("exclusions", TablePart<ExclusionRow>.self) { $0.exclusions },
    .object("notAdopted", TablePart<NotAdoptedRow>.self) { $0.notAdopted },
  ]
}

/// The auditor's request list, each line with what answers it.
struct RequestsPage: View {
  let book: Book
  let requests: TablePart<RequestRow>

  static let fields: Fields<RequestsPage> = [
    .words("t") { $0.book.words },
    .object("page", PageFrame.self) {
      PageFrame(
        book: $0.book, title: $0.book.words(.navRequests), base: "", root: "../",
        current: "requests.html")
    },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: "") },
    .object("requests", TablePart<RequestRow>.self) { $0.requests },
  ]
}

/// A line of the request list with links to its answers.
struct RequestRow: Row {
  let book: Book
  let request: AuditRequest

  /// Raw files that one line links to; the rest is one click further, on the control's page.
  private static let mostFiles = 25

  static let tableFields = TablePart<RequestRow>.make()
  static let fields: Fields<RequestRow> = [
    .text("anchor") { anchor("R", $0.request.number) },
    .text("number") { $0.request.number },
    .prose("text", limit: 4000) { $0.request.text },
    .text("subjects") { $0.request.subjects.joined(separator: ", ") },
    .list("answers", AnswerView.self) { $0.answers },
    .list("files", PageLink.self) { Array($0.files.prefix(mostFiles)) },
    .text("moreFiles") { row in
      let rest = row.files.count - mostFiles
      return rest > 0 ? row.book.words(.andMore, ["n": row.book.words.number(rest)]) : ""
    },
    .flag("isAnswered") { !$0.answers.isEmpty },
    .list("unknown", Line.self) { row in
      row.request.subjects.filter { row.book.answers(to: $0).isEmpty }.map(Line.init)
    },
  ]

  private var answers: [AnswerView] {
    var seen = Set<String>()
    return request.subjects.flatMap(book.answers).filter { seen.insert($0.page.href).inserted }
  }

  private var files: [PageLink] {
    let controls = request.subjects.flatMap(book.controls)
    let rows = controls.flatMap { book.conclusions[$0]?.evidence ?? [] }
    var seen = Set<Int>()
    return rows.filter { seen.insert($0).inserted }.compactMap { book.evidence[$0] }.map {
      PageLink(href: book.fileLink($0), label: $0.provenance.name)
    }
  }

  static func size(_ request: AuditRequest) -> Int {
    600 + VisibleText.size(request.text, limit: 4000) + 400 * request.subjects.count + 25 * 320
  }
}

/// A page that answers a request, with the population behind it.
struct AnswerView: View {
  let page: PageLink
  var population = ""

  static let fields: Fields<AnswerView> = [
    .object("page", PageLink.self) { $0.page },
    .text("population") { $0.population },
  ]
}

extension Book {
  /// Adopted controls that a subject of a request names, itself or through a criterion.
  func controls(_ subject: String) -> [String] {
    if conclusions[subject] != nil { return [subject] }
    return criteria[subject]?.controls ?? []
  }

  /// Pages that answer a subject: a control, a criterion with its controls, or a KPI.
  func answers(to subject: String) -> [AnswerView] {
    func page(_ href: String, _ title: String) -> PageLink {
      PageLink(href: href, label: "\(subject) \(title)")
    }
    if let conclusion = conclusions[subject] {
      return [
        AnswerView(
          page: page(Self.inData(PackageLayout.page(subject)), conclusion.control.title),
          population: Self.inData(PackageLayout.population(subject)))
      ]
    }
    if let result = criteria[subject] {
      return [AnswerView(page: page("criteria.html#\(subject)", result.criterion.title))]
        + result.controls.prefix(50).flatMap(answers)
    }
    if let kpi = assessment.kpis.first(where: { $0.id == subject }) {
      return [AnswerView(page: page("kpis.html#\(subject)", kpi.title))]
    }
    return []
  }
}

/// The cover: where to begin, how to verify, what the package shows and what it does not.
struct StartPage: View {
  let book: Book

  static let fields: Fields<StartPage> = [
    .words("t") { $0.book.words },
    .object("page", PageFrame.self) {
      PageFrame(
        book: $0.book, title: $0.book.words(.navStart), base: "data/", root: "",
        current: "")
    },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: "data/") },
    .text("signature") { _ in "tagmanifest-sha256.txt.sig" },
    .text("stamp") { _ in "tagmanifest-sha256.txt.tsr" },
  ]
}
