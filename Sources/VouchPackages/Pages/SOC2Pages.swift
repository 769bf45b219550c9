import VouchModel

/// The HTML of a SOC 2 package: one page for the start, the overview, each control and each list.
///
/// Pages are static: no script, no request, readable from disk and on paper (contract 6). What
/// they say is management's; `WordingLint` reads every page before it is handed over.
public struct SOC2Pages: PageSource {
  /// Where the templates, the style sheet and the words are, in a workspace and in the program.
  public static let folder = "templates/packages/soc2"

  private let templates: any TemplateSource
  private let language: String
  private let requests: [AuditRequest]

  /// - Parameters:
  ///   - templates: the files in force, a workspace's own before the built-in ones.
  ///   - language: names the file of words: `en` for `strings/en.yaml`.
  ///   - requests: the auditor's request list; empty when none was imported.
  public init(
    templates: any TemplateSource, language: String = "en", requests: [AuditRequest] = []
  ) {
    self.templates = templates
    self.language = language
    self.requests = requests
  }

  public func pages(of input: PackageInput, deliver: (PackageFile) throws -> Void) throws {
    let words = try Words(file("\(Self.folder)/strings/\(language).yaml"))
    let styleFile = try file("\(Self.folder)/style.css")
    let set = try TemplateSet(
      folder: Self.folder, pages: Self.shapes, words: words, source: templates)
    let book = Book(
      input: input, words: words, requests: requests,
      ownFiles: set.ownFiles + (styleFile.isOwn ? [styleFile.path] : []),
      style: try StyleSheet(styleFile))
    let press = Press(book: book, templates: set)
    try press.start(deliver)
    try press.overview(deliver)
    try press.controls(deliver)
    try press.criteria(deliver)
    try press.kpis(deliver)
    try press.patching(deliver)
    try press.evidence(deliver)
    try press.requests(deliver)
    try press.waivers(deliver)
    try press.renditions(deliver)
    try press.queue.deliver(isLast: true, to: deliver)
    // All of them together: whoever mends one wants to know the others.
    guard press.queue.findings.isEmpty else { throw Refusal(.data, press.queue.findings) }
  }

  /// What each page template gets to see.
  static let shapes: [String: ViewShape] = [
    "START-HERE.html": StartPage.shape, "index.html": IndexPage.shape,
    "control.html": ControlPage.shape, "criteria.html": CriteriaPage.shape,
    "kpis.html": KPIPage.shape, "evidence.html": EvidencePage.shape,
    "requests.html": RequestsPage.shape, "waivers.html": WaiversPage.shape,
    "continued.html": ContinuedPage.shape, "raw.html": RawPage.shape,
    "patching.html": PatchingPage.shape, "tools.html": ToolsPage.shape,
    "identity.html": IdentityPage.shape, "promises.html": PromisesPage.shape,
  ]

  private func file(_ path: String) throws(Refusal) -> TemplateFile {
    if let file = templates.template(path) { return file }
    throw Refusal(
      .data,
      Diagnostic(
        "template.missing-file", .error, at: path, "there is no such file",
        why: "the pages of a package need it",
        fix: "remove the workspace's own folder to get the built-in templates back"))
  }
}

/// Renders the pages one after the other.
private struct Press {
  typealias Deliver = (PackageFile) throws -> Void

  let book: Book
  let templates: TemplateSet
  let queue = PageQueue()

  private var words: Words { book.words }
  private var assessment: Assessment { book.assessment }

  func start(_ deliver: Deliver) throws {
    try print("START-HERE.html", StartPage(book: book), to: PackageLayout.start, deliver)
  }

  func overview(_ deliver: Deliver) throws {
    let conclusions = assessment.conclusions
    let plan = PagePlan(
      [conclusions.map(ControlRow.size)], main: PagePlan.continuationBudget)
    func rows(_ range: Range<Int>) -> TablePart<ControlRow> {
      let shown = conclusions[range]
      let rows = shown.indices.map { index in
        let area = shown[index].control.area
        return ControlRow(
          book: book, base: "", conclusion: shown[index],
          startsArea: index == range.lowerBound || shown[index - 1].control.area != area,
          endsArea: index + 1 == range.upperBound || shown[index + 1].control.area != area)
      }
      return TablePart(
        rows: rows, range: range, total: conclusions.count,
        pages: book.links(plan, 0, name: "index"), words: words)
    }
    try list(
      "index", plan, heading: [words(.headingControls)], files: [PackageLayout.controlMatrix],
      main: { IndexPage(book: book, controls: rows(plan.main(0))) },
      continued: { .controls(rows($1)) }, deliver)
  }

  func controls(_ deliver: Deliver) throws {
    let ids = assessment.conclusions.map { ($0.control.id, $0.control.title) }
    func neighbour(_ index: Int) -> PageLink? {
      guard ids.indices.contains(index) else { return nil }
      return PageLink(href: "\(ids[index].0).html", label: "\(ids[index].0) \(ids[index].1)")
    }
    for (index, conclusion) in assessment.conclusions.enumerated() {
      let sheet = ControlSheet(book, conclusion)
      let page = ControlPage(
        sheet: sheet, previous: neighbour(index - 1), next: neighbour(index + 1))
      try print("control.html", page, to: PackageLayout.page(sheet.id), deliver)
      for part in sheet.plan.continued {
        try print(
          "continued.html", continued(sheet, part),
          to: "data/controls/\(PagePlan.name(sheet.id, page: part.page))", deliver)
      }
    }
  }

  private func continued(_ sheet: ControlSheet, _ part: PagePlan.Part) -> ContinuedPage {
    let table = ControlSheet.Table(rawValue: part.table) ?? .deviations
    let rows: ContinuedPage.Rows =
      switch table {
      case .deviations, .unknown, .waived, .informative: .items(sheet.items(table, part.rows))
      case .differences: .differences(sheet.differenceRows(part.rows))
      case .waivers: .waivers(sheet.waiverRows(part.rows))
      case .evidence: .controlEvidence(sheet.evidenceRows(part.rows))
      case .spans: .spans(sheet.spanRows(part.rows))
      case .diagnostics: .diagnostics(sheet.diagnosticRows(part.rows))
      }
    let file = table.file
    return ContinuedPage(
      book: book, base: sheet.base,
      parent: PageLink(
        href: "\(sheet.id).html", label: "\(sheet.id) \(sheet.conclusion.control.title)"),
      heading: "\(sheet.id) · \(words(table.heading))", number: part.page, pages: sheet.plan.pages,
      file: PageLink(href: sheet.base + Book.inData(file), label: file), rows: rows)
  }

  func criteria(_ deliver: Deliver) throws {
    try print("criteria.html", CriteriaPage(book: book), to: "data/criteria.html", deliver)
  }

  func kpis(_ deliver: Deliver) throws {
    let kpis = assessment.kpis
    let plan = PagePlan(kpis.map { $0.figures.map(FigureRow.size) }, main: 40_000)
    func figures(_ index: Int, _ range: Range<Int>) -> TablePart<FigureRow> {
      TablePart(
        rows: FigureRow.rows(kpis[index], range, words), range: range,
        total: kpis[index].figures.count, pages: book.links(plan, index, name: "kpis"),
        words: words)
    }
    try list(
      "kpis", plan, heading: kpis.map { "\($0.id) \($0.title)" },
      files: kpis.map { _ in PackageLayout.kpis },
      main: {
        KPIPage(
          book: book,
          kpis: kpis.enumerated().map {
            KPIView(book: book, kpi: $1, part: figures($0, plan.main($0)))
          })
      }, continued: { .figures(figures($0, $1)) }, deliver)
  }

  /// The four pages of scanner, patch manager and live patcher, when anything of the kind was
  /// collected.
  func patching(_ deliver: Deliver) throws {
    guard let story = book.input.patching?.reconciliation else { return }
    try print(
      "patching.html", PatchingPage(book: book, story: story), to: "data/patching.html", deliver)
    try print("tools.html", ToolsPage(book: book, story: story), to: "data/tools.html", deliver)
    try print(
      "identity.html", IdentityPage(book: book, story: story), to: "data/identity.html", deliver)
    try print(
      "promises.html", PromisesPage(book: book, story: story), to: "data/promises.html", deliver)
  }

  func evidence(_ deliver: Deliver) throws {
    let plan = book.evidencePlan
    func evidence(_ range: Range<Int>) -> TablePart<EvidenceView> {
      TablePart(
        rows: assessment.evidence[range].map { EvidenceView(book: book, base: "", row: $0) },
        range: range, total: assessment.evidence.count,
        pages: book.links(plan, 0, name: "evidence"), words: words)
    }
    func diagnostics(_ range: Range<Int>) -> TablePart<DiagnosticRow> {
      TablePart(
        rows: assessment.diagnostics[range].map {
          DiagnosticRow(book: book, base: "", diagnostic: $0)
        }, range: range, total: assessment.diagnostics.count,
        pages: book.links(plan, 1, name: "evidence"), words: words)
    }
    try list(
      "evidence", plan, heading: [words(.headingEvidence), words(.headingDiagnostics)],
      files: [PackageLayout.evidenceIndex, PackageLayout.check],
      main: {
        EvidencePage(
          book: book, evidence: evidence(plan.main(0)), diagnostics: diagnostics(plan.main(1)))
      },
      continued: { $0 == 0 ? .evidence(evidence($1)) : .diagnostics(diagnostics($1)) }, deliver)
  }

  /// Preserved files as people read them. They quote whoever wrote them, so what they say is not
  /// held against management's words.
  func renditions(_ deliver: Deliver) throws {
    let templates = templates
    for rendition in book.renditions {
      let path = book.input.evidencePath(rendition.row)
      for page in 1...rendition.pages.count {
        queue.add(rendition.path(page: page), isQuoted: true) { [book] in
          let content = Rendition.text(rendition.row, path: path) ?? RawText([])
          return templates.render(
            "raw.html", RawPage(book: book, rendition: rendition, number: page, content: content))
        }
        try queue.deliver(to: deliver)
      }
    }
  }

  func requests(_ deliver: Deliver) throws {
    let rows = book.requests.map { RequestRow(book: book, request: $0) }
    let plan = PagePlan(
      [book.requests.map(RequestRow.size)], main: PagePlan.continuationBudget)
    try list(
      "requests", plan, heading: [words(.navRequests)], files: [PackageLayout.controlMatrix],
      main: { RequestsPage(book: book, requests: part(plan, 0, "requests", rows)) },
      continued: { _, range in .requests(part(plan, 0, "requests", rows, range)) }, deliver)
  }

  func waivers(_ deliver: Deliver) throws {
    let engagement = book.engagement
    let waivers = engagement.waivers.map { WaiverRow(book: book, base: "", waiver: $0) }
    let exclusions = engagement.exclusions.map { ExclusionRow(exclusion: $0, words: words) }
    let notAdopted = assessment.notAdopted.map(NotAdoptedRow.init)
    let plan = PagePlan(
      [
        engagement.waivers.map(WaiverRow.size), engagement.exclusions.map(ExclusionRow.size),
        assessment.notAdopted.map(NotAdoptedRow.size),
      ], main: PagePlan.continuationBudget / 3)
    try list(
      "waivers", plan,
      heading: [words(.headingWaivers), words(.headingExclusions), words(.headingNotAdopted)],
      files: [
        PackageLayout.check, PackageLayout.inForce("vouch.yaml"), PackageLayout.controlMatrix,
      ],
      main: {
        WaiversPage(
          book: book, waivers: part(plan, 0, "waivers", waivers),
          exclusions: part(plan, 1, "waivers", exclusions),
          notAdopted: part(plan, 2, "waivers", notAdopted))
      },
      continued: { table, range in
        switch table {
        case 0: .waivers(part(plan, 0, "waivers", waivers, range))
        case 1: .exclusions(part(plan, 1, "waivers", exclusions, range))
        default: .notAdopted(part(plan, 2, "waivers", notAdopted, range))
        }
      }, deliver)
  }

  /// A page of `data/` and the numbered pages that go on with its tables.
  ///
  /// - Parameters:
  ///   - heading: of each table, for its continuation.
  ///   - files: the workpaper that has each table whole.
  private func list(
    _ name: String, _ plan: PagePlan, heading: [String], files: [String], main: () -> some View,
    continued: (_ table: Int, _ rows: Range<Int>) -> ContinuedPage.Rows, _ deliver: Deliver
  ) throws {
    try print("\(name).html", main(), to: "data/\(name).html", deliver)
    for part in plan.continued {
      let file = files[part.table]
      let page = ContinuedPage(
        book: book, base: "", parent: PageLink(href: "\(name).html", label: words.title(name)),
        heading: heading[part.table], number: part.page, pages: plan.pages,
        file: PageLink(href: Book.inData(file), label: file),
        rows: continued(part.table, part.rows), current: "\(name).html")
      try print(
        "continued.html", page, to: "data/\(PagePlan.name(name, page: part.page))", deliver)
    }
  }

  private func part<R: Row>(
    _ plan: PagePlan, _ table: Int, _ name: String, _ rows: [R], _ range: Range<Int>? = nil
  ) -> TablePart<R> {
    let range = range ?? plan.main(table)
    return TablePart(
      rows: Array(rows[range]), range: range, total: rows.count,
      pages: book.links(plan, table, name: name), words: words)
  }

  private func print(
    _ template: String, _ view: some View, to path: String, _ deliver: Deliver
  ) throws {
    let templates = templates
    queue.add(path) { templates.render(template, view) }
    try queue.deliver(to: deliver)
  }
}

extension ControlSheet.Table {
  var heading: Word {
    switch self {
    case .deviations: .headingDeviations
    case .unknown: .headingUnknown
    case .waived: .headingWaived
    case .informative: .headingInformative
    case .differences: .headingDifferences
    case .waivers: .headingWaivers
    case .evidence: .headingEvidence
    case .spans: .headingCoverage
    case .diagnostics: .headingDiagnostics
    }
  }

  /// The workpaper that has the whole table.
  var file: String {
    switch self {
    case .deviations, .unknown, .waived, .informative: PackageLayout.deviations
    case .evidence: PackageLayout.evidenceIndex
    case .differences, .waivers, .spans, .diagnostics: PackageLayout.check
    }
  }
}

extension Words {
  /// The title of a page of `data/`, as the navigation has it.
  fileprivate func title(_ page: String) -> String {
    switch page {
    case "kpis": self(.navKPIs)
    case "evidence": self(.navEvidence)
    case "requests": self(.navRequests)
    case "waivers": self(.navWaivers)
    default: self(.navOverview)
    }
  }
}
