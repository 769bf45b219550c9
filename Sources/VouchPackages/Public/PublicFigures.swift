import VouchModel

/// Turns a package's figures into the ones that may be shown.
///
/// A count below the minimum is not shown and cannot be had by difference: the line of all
/// severities is shown only when each of its parts is exact, and a share whose misses are few is
/// shown as a bound.
struct PublicFigures {
  private let values: [Key: PackageFigure]
  private let minimum: Double

  private struct Key: Hashable {
    let id: String
    let subject: String
    let measure: String
  }

  init(_ figures: [PackageFigure], minimumCount: Int) {
    values = Dictionary(
      figures.map { (Key(id: $0.id, subject: $0.subject, measure: $0.measure), $0) }
    ) { first, _ in first }
    minimum = Double(minimumCount)
  }

  private func value(_ id: String, _ subject: String, _ measure: String) -> Double? {
    values[Key(id: id, subject: subject, measure: measure)]?.value
  }

  // MARK: Uptime

  /// Services the package measured.
  var services: [String] {
    Set(values.keys.filter { $0.id == "K1" && $0.measure == "uptime" }.map(\.subject)).sorted()
  }

  /// Cut to three decimals, never rounded up: 99.9996 is not 100.
  func uptime(_ service: String, number: Int) -> PublicFigure {
    PublicFigure("f-uptime-\(number)", .percent, exact(value("K1", service, "uptime"), cut: 1000))
  }

  func uptimeTarget(_ service: String, number: Int) -> PublicFigure {
    let target = values[Key(id: "K1", subject: service, measure: "uptime")]?.target
    return PublicFigure("f-uptime-\(number)-target", .percent, exact(target, cut: 1000))
  }

  /// Uptime with everything counted as downtime that the rules leave out; nil when nothing is.
  func grossUptime(_ service: String, number: Int) -> PublicFigure? {
    let state = exact(value("K1", service, "gross uptime"), cut: 1000)
    if state == .missing || state == uptime(service, number: number).state { return nil }
    return PublicFigure("f-uptime-\(number)-gross", .percent, state)
  }

  // MARK: By severity

  private static let severities = PublicSummary.Row.Subject.allCases.filter { $0 != .all }

  /// Median, 90th percentile and mean with open ones, over what was fixed in the period (K5).
  var patching: [PublicSummary.Row] {
    rows("patching") { subject in
      let closed = value("K5", subject, "closed")
      func days(_ measure: String) -> PublicFigure.State {
        guard let closed else { return .missing }
        if closed < minimum { return .withheld }
        return longer(value("K5", subject, measure))
      }
      return [
        ("count", .items, count(closed)), ("median", .days, days("median of closed")),
        ("p90", .days, days("90th percentile of closed")),
        ("aged", .days, days("mean, open ones aged to the end")),
      ]
    }
  }

  /// Findings fixed by their deadline (K7).
  var remediation: [PublicSummary.Row] {
    attainment("remediation", "K7", met: "on time")
  }

  /// Tickets resolved in time (K8).
  var tickets: [PublicSummary.Row] { attainment("tickets", "K8", met: "met") }

  private func attainment(_ table: String, _ kpi: String, met: String) -> [PublicSummary.Row] {
    rows(table) { subject in
      let due = value(kpi, subject, "due in the period")
      // What is excepted is neither on time nor late.
      let counted = due.map { $0 - (value(kpi, subject, "excepted") ?? 0) }
      return [
        ("count", .items, count(counted)),
        ("share", .percent, share(of: value(kpi, subject, met), in: counted)),
      ]
    }
  }

  /// The lines of a table; that of all severities only when it gives nothing away.
  private func rows(
    _ table: String,
    _ figures: (_ subject: String) -> [(String, PublicFigure.Unit, PublicFigure.State)]
  ) -> [PublicSummary.Row] {
    func row(_ subject: PublicSummary.Row.Subject) -> PublicSummary.Row {
      PublicSummary.Row(
        subject: subject,
        figures: figures(subject.rawValue).map {
          PublicFigure("f-\(table)-\(subject.rawValue)-\($0)", $1, $2)
        })
    }
    let parts = Self.severities.map(row)
    let whole = row(.all)
    if whole.figures.allSatisfy({ $0.state == .missing }) { return [] }
    let isEachExact = parts.allSatisfy { part in
      part.figures.allSatisfy { if case .exact = $0.state { true } else { false } }
    }
    if isEachExact { return [whole] + parts }
    let hidden = whole.figures.map { PublicFigure($0.id, $0.unit, .withheld) }
    return [PublicSummary.Row(subject: .all, figures: hidden)] + parts
  }

  private func count(_ value: Double?) -> PublicFigure.State {
    guard let value else { return .missing }
    return value < minimum ? .withheld : .exact(value)
  }

  private func share(of met: Double?, in all: Double?) -> PublicFigure.State {
    guard let met, let all else { return .missing }
    if all < minimum { return .withheld }
    let missed = all - met
    if missed > 0, missed < minimum {
      let bound = (100 * (all - minimum) / all).rounded(.down)
      return bound > 0 ? .moreThan(bound) : .withheld
    }
    if met > 0, met < minimum { return .withheld }
    return exact(100 * met / all, cut: 10)
  }

  // MARK: Outcomes

  /// What became of each known vulnerability on each machine. What is not proven fixed is one line:
  /// which part of it waits for what is nobody's business outside.
  var outcomes: [PublicFigure] {
    let groups: [(id: String, outcomes: [String])] = [
      ("patched", ["patched"]), ("live-patched", ["live_patched"]),
      ("gone", ["fixed_by_scan_only"]),
      (
        "open",
        [
          "open", "reopened", "awaiting_reboot", "missing_in_patch_manager_only",
          "accepted_in_scanner", "clean_unproven",
        ]
      ),
    ]
    guard values.keys.contains(where: { $0.id == PublicSummary.outcomes }) else { return [] }
    return groups.map { group in
      let pairs = group.outcomes.reduce(0) {
        $0 + (value(PublicSummary.outcomes, $1, "pairs") ?? 0)
      }
      return PublicFigure("f-outcome-\(group.id)", .items, count(pairs))
    }
  }

  // MARK: Coverage

  /// Share of the machines in scope that scans reached, and reached with credentials, in the last
  /// and the worst interval; whole percents, cut, and never the number of machines (K12). Empty
  /// when nothing was scanned.
  var coverage: [PublicFigure] {
    let machines = value("K12", "last scan interval", "in scope")
    let worst = values.keys.first { $0.id == "K12" && $0.subject.hasPrefix("worst of") }?.subject
    let all = [("last", "last scan interval"), ("worst", worst ?? "")].flatMap { name, subject in
      [("reached", "coverage"), ("effective", "effective")].map { id, measure in
        let share = value("K12", subject, measure).map { 100 * $0 }
        let state: PublicFigure.State =
          share == nil || machines == nil
          ? .missing : (machines ?? 0) < minimum ? .withheld : exact(share, cut: 1)
        return PublicFigure("f-coverage-\(name)-\(id)", .percent, state)
      }
    }
    return all.contains { $0.state != .missing } ? all : []
  }

  /// Days, rounded up to one decimal: a time never looks shorter than it was.
  private func longer(_ days: Double?) -> PublicFigure.State {
    guard let days, days.isFinite else { return .missing }
    return .exact((days * 10 - 1e-6).rounded(.up) / 10)
  }

  /// A figure cut, not rounded, after `1 / cut`; the small part undoes what binary fractions lose.
  private func exact(_ value: Double?, cut: Double) -> PublicFigure.State {
    guard let value, value.isFinite else { return .missing }
    return .exact((value * cut + 1e-6).rounded(.down) / cut)
  }
}
