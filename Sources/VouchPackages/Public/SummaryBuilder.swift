import VouchModel

/// What a summary is made from. Same input, same summary.
public struct SummaryInput: Sendable {
  /// The package's `check.json`.
  public let check: JSON
  /// Its figures, as they stand there or as they were computed again.
  public let figures: [PackageFigure]
  public let publication: Publication
  public let engagement: Engagement
  /// SHA-256 of the package's tag manifest.
  public let package: Digest
  public let isComplete: Bool
  /// The day it is made, `2026-11-24`: decides whether an older report is still mentioned.
  public let today: String

  public init(
    check: JSON, figures: [PackageFigure], publication: Publication, engagement: Engagement,
    package: Digest, isComplete: Bool, today: String
  ) {
    self.check = check
    self.figures = figures
    self.publication = publication
    self.engagement = engagement
    self.package = package
    self.isComplete = isComplete
    self.today = today
  }
}

extension PublicSummary {
  /// Builds the summary; throws ``Refusal`` when something that management entered is not true of
  /// the package.
  public init(_ input: SummaryInput) throws {
    let check = input.check
    let publication = input.publication
    let engagement = input.engagement
    let zone = engagement.zone
    guard let id = check["period"]["id"].string, let start = check["period"]["start"].instant,
      let end = check["period"]["end"].instant, let asOf = check["as_of"].instant
    else { throw Self.refused("publish.check", "data/check.json", "it names no period") }
    let figures = PublicFigures(input.figures, minimumCount: publication.minimumCount)
    let problems = Self.untrue(publication, figures, check)
    if !problems.isEmpty { throw Refusal(.data, problems) }

    organization = engagement.organization
    system = engagement.system
    description =
      publication.description.isEmpty
      ? engagement.systemDescription : publication.description.text
    boundaries = publication.boundaries.text
    language = publication.language
    url = publication.url.text
    categories = Self.statements(check)
    services = publication.services.enumerated().map { index, service in
      Service(
        name: service.name.text, description: service.description.text,
        uptime: figures.uptime(service.id, number: index + 1),
        target: figures.uptimeTarget(service.id, number: index + 1),
        gross: figures.grossUptime(service.id, number: index + 1))
    }
    let listed = Set(publication.services.map(\.id))
    hasMoreServices = figures.services.contains { !listed.contains($0) }
    plannedWork = Self.plannedWork(engagement, start: start, end: end)
    commitments = publication.commitments.map(\.text)
    themes = publication.themes.map { Theme(title: $0.title.text, text: $0.text.text) }
    areas = publication.themes.isEmpty ? Self.areas(check) : []
    patching = figures.patching
    remediation = figures.remediation
    tickets = figures.tickets
    coverage = figures.coverage
    outcomes = figures.outcomes
    contact = publication.contact
    vulnerabilityReports = publication.vulnerabilityReports
    minimumCount = publication.minimumCount
    firstDay = zone.date(of: start)
    lastDay = zone.date(of: min(end, asOf).advanced(by: -1))
    let own = zone.date(of: asOf.advanced(by: -1).advanced(days: Int64(publication.validDays)))
    let report = publication.report.flatMap {
      Self.isMentioned($0, today: input.today, zone: zone) ? $0 : nil
    }
    self.report = report
    // A page must not go on mentioning a report that has grown too old.
    validUntil = min(own, report.map { Self.lastDay(of: $0, zone) } ?? own)
    periodID = id
    package = input.package.hex
    isComplete = input.isComplete
    self.zone = zone
  }

  /// Why an entered report is not mentioned; nil when it is, or when there is none.
  public static func silence(
    about report: Publication.Report?, today: String, zone: Zone
  ) -> Diagnostic? {
    guard let report, !isMentioned(report, today: today, zone: zone) else { return nil }
    let isEarly = zone.date(of: report.date) > today
    return Diagnostic(
      "publish.report-suppressed", .note, at: report.place,
      isEarly
        ? "the report is dated after today and is not mentioned"
        : "the report is older than twelve months and is not mentioned",
      why: "a report may be mentioned from its date on, for twelve months",
      fix: isEarly ? "" : "enter the newer report, or take this one out")
  }

  private static func isMentioned(
    _ report: Publication.Report, today: String, zone: Zone
  ) -> Bool {
    zone.date(of: report.date) <= today && today <= lastDay(of: report, zone)
  }

  /// The last day of the twelve months from the report's date: the day before the same date one
  /// year on.
  static func lastDay(of report: Publication.Report, _ zone: Zone) -> String {
    let c = report.date.advanced(by: zone.offset(at: report.date)).civil
    return Instant(year: c.year + 1, month: c.month, day: c.day).advanced(days: -1).date
  }

  // MARK: Categories

  static func category(of criterion: String) -> Category? {
    switch criterion.prefix(while: \.isLetter) {
    case "CC": .security
    case "A": .availability
    case "C": .confidentiality
    case "PI": .processingIntegrity
    case "P": .privacy
    default: nil
    }
  }

  private static func statements(_ check: JSON) -> [CategoryStatement] {
    var verdicts: [String: JSON] = [:]
    for control in check["controls"].elements {
      if let id = control["id"].string { verdicts[id] = control }
    }
    var commonOperated = true
    return Category.allCases.compactMap { category in
      let criteria = check["criteria"].elements.filter {
        $0["in_scope"].flag == true && Self.category(of: $0["id"].string ?? "") == category
      }
      if criteria.isEmpty { return nil }
      let ids = Set(criteria.flatMap { $0["controls"].strings ?? [] })
      let controls = ids.sorted().compactMap { verdicts[$0] }.filter {
        $0["verdict"].string != Verdict.notApplicable.rawValue
      }
      let operated = controls.filter { $0["verdict"].string == Verdict.pass.rawValue }
      let hasGap = criteria.contains { ($0["controls"].strings ?? []).isEmpty }
      let state: CategoryStatement.State =
        if controls.isEmpty {
          .noControls
        } else if operated.count < controls.count {
          .notAll
        } else if hasGap {
          .partly
        } else {
          commonOperated ? .allOperated : .ownOperated
        }
      // Security is the common criteria, and comes first.
      if category == .security { commonOperated = state == .allOperated }
      return CategoryStatement(
        category: category, state: state, controls: controls.count, operated: operated.count,
        hasGap: hasGap,
        hasTolerated: operated.contains {
          ($0["deviations"].integer ?? 0) > 0 || ($0["waived"].integer ?? 0) > 0
        })
    }
  }

  private static func areas(_ check: JSON) -> [String] {
    Set(check["controls"].elements.compactMap { $0["id"].string.map(area) }).sorted()
  }

  private static func area(_ control: String) -> String {
    String(control.prefix { $0 != "-" })
  }

  private static func plannedWork(
    _ engagement: Engagement, start: Instant, end: Instant
  ) -> PlannedWork {
    let named = engagement.parameters.filter { $0.name == "planned_maintenance" }
    let before = named.last { ($0.from ?? start) <= start }
    if named.contains(where: { ($0.from ?? start) > start && ($0.from ?? start) < end }) {
      return .changed
    }
    guard before?.value == .text("excluded") else { return .counts }
    let notice = engagement.parameters.last {
      $0.name == "maintenance_notice_hours" && ($0.from ?? start) <= start
    }
    if case .integer(let hours) = notice?.value { return .leftOut(noticeHours: Int(hours)) }
    return .leftOut(noticeHours: 0)
  }

  // MARK: What is not true of the package

  private static func untrue(
    _ publication: Publication, _ figures: PublicFigures, _ check: JSON
  ) -> [Diagnostic] {
    let adopted = Set(areas(check))
    let themes = publication.themes.flatMap { theme in
      theme.areas.filter { !adopted.contains($0) }.map {
        Diagnostic(
          "publish.theme-without-controls", .error, at: theme.title.place,
          "no control of the area '\($0)' is adopted",
          why: "the page would speak of controls that the organisation does not have",
          fix: "adopt one, or take the area or the theme out")
      }
    }
    let measured = figures.services
    let services = publication.services.filter { !measured.contains($0.id) }.map { service in
      Diagnostic(
        "publish.service-not-measured", .error, at: service.name.place,
        "the package has no uptime of a service '\(service.id)'"
          + (nearest(to: service.id, among: measured).map { "; did you mean '\($0)'?" } ?? ""),
        why: "a service without a figure cannot be told from one whose figure was left out",
        fix: measured.isEmpty
          ? "collect the register of services, or take 'services:' out"
          : "measured are: \(measured.joined(separator: ", "))")
    }
    return themes + services
  }

  private static func refused(_ id: String, _ at: String, _ text: String) -> Refusal {
    Refusal(
      .data, Diagnostic(id, .error, at: at, text, fix: "run 'vouch verify' on the package"))
  }
}
