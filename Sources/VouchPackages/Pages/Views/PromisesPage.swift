import VouchModel

/// Patching and uptime: what restarts for patches cost each service, and what its target allows.
struct PromisesPage: View {
  let book: Book
  let story: PatchReconciliation

  private var words: Words { book.words }

  static let fields: Fields<PromisesPage> = [
    .words("t") { $0.words },
    .object("page", PageFrame.self) { .patching($0.book, "promises.html") },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: "") },
    .list("family", PageLink.self) { $0.book.patchingPages(current: "promises.html") },
    .list("services", PromiseRow.self) { view in
      view.story.services.map {
        PromiseRow(service: $0, deployDays: view.story.deployDays, words: view.words)
      }
    },
    .flag("hasServices") { !$0.story.services.isEmpty },
    .text("deployDays") { view in view.story.deployDays.map(view.words.number) ?? "" },
    .object("restarts", TablePart<RestartRow>.self) { view in
      TablePart(
        rows: view.story.restarts.rows.map { RestartRow(book: view.book, restart: $0) },
        range: 0..<view.story.restarts.rows.count, total: view.story.restarts.total, pages: [],
        words: view.words)
    },
    .text("file") { _ in Book.inData(PackageLayout.patchingRestarts) },
    .list("methods", PageLink.self) { $0.methods },
  ]

  /// Where the rules are printed, as far as the package has them.
  private var methods: [PageLink] {
    let kpis = book.assessment.kpis.map(\.id).filter { ["K1", "K10"].contains($0) }
    return kpis.map { PageLink(href: "kpis.html#\($0)", label: $0) }
      + (book.controlLink("VM-05").map { [PageLink(href: $0, label: "VM-05")] } ?? [])
  }
}

/// A service with both of its promises.
struct PromiseRow: View {
  let service: ServicePromises
  let deployDays: Int?
  let words: Words

  static let fields: Fields<PromiseRow> = [
    .text("service") { $0.service.service },
    .text("target") { $0.number($0.service.target) },
    .text("allowed") { $0.minutes($0.service.allowedMinutes) },
    .text("down") { $0.minutes($0.service.downMinutes) },
    .text("restarts") { $0.words.number($0.service.restarts) },
    .text("costly") { $0.words.number($0.service.costlyRestarts) },
    .text("lost") { $0.minutes($0.service.lostMinutes) },
    .text("left") { $0.minutes($0.service.budgetLeft) },
    .text("counted") { $0.number($0.service.uptimeCounted) },
    .text("leftOut") { $0.number($0.service.uptimeLeftOut) },
    .text("countedWithout") { $0.number($0.service.uptimeCountedWithout) },
    .text("leftOutWithout") { $0.number($0.service.uptimeLeftOutWithout) },
    .text("distance") { $0.number($0.service.windowDistance) },
    .text("mark") { row in
      row.service.obstacles.map { $0.isEmpty ? "pass" : "fail" } ?? "lack"
    },
    .text("state") { row in
      let key = row.service.obstacles.map { $0.isEmpty ? "both" : "notBoth" } ?? "untold"
      return row.words.text("patching.promise.\(key)")
    },
    .list("reasons", Line.self) { row in (row.service.obstacles ?? []).map(row.reason) },
  ]

  /// Percent, cut and never rounded up: 99.9996 is not 100.
  private func number(_ value: Double?) -> String {
    value.map { words.number(($0 * 1000 + 1e-6).rounded(.down) / 1000) } ?? ""
  }

  private func minutes(_ value: Double?) -> String { words.oneDecimal(value) }

  private func reason(_ obstacle: String) -> Line {
    Line(
      text: words.text(
        "patching.promise.\(obstacle)",
        [
          "lost": minutes(service.lostMinutes), "allowed": minutes(service.allowedMinutes),
          "distance": number(service.windowDistance),
          "days": deployDays.map(words.number) ?? "",
          "year": minutes(service.minutesAYear), "allowedYear": minutes(service.allowedAYear),
        ]))
  }
}

/// A restart of a host for a patch.
struct RestartRow: Row {
  let book: Book
  let restart: PatchRestart

  private var words: Words { book.words }

  static let tableFields = TablePart<RestartRow>.make()
  static let fields: Fields<RestartRow> = [
    .text("host") { $0.restart.host },
    .text("service") { $0.restart.service },
    .text("at") { row in row.restart.at.map(row.words.instant) ?? "" },
    .text("packages") { $0.restart.packages.joined(separator: ", ") },
    .text("minutes") { row in
      row.restart.minutes.map { row.words.oneDecimal($0) } ?? row.words.text("kpi.notAvailable")
    },
    .text("basis") { $0.words.text("patching.basis.\($0.restart.basis)") },
    .text("planned") { row in
      row.restart.isPlanned.map { row.words.text($0 ? "patching.planned" : "patching.unplanned") }
        ?? row.words.text("patching.noOutage")
    },
    .text("link") { $0.book.link(to: $0.restart.origin) },
    .text("origin") { $0.book.label(of: $0.restart.origin) },
  ]
}
