import GRDB
import VouchControls
import VouchModel

extension Workspace {
  /// How far `vouch check` looks ahead of as_of.
  static let horizonDays = 14
  /// Things of one entry that are named.
  private static let mostNames = 20

  /// What of one control goes stale or misses its deadline in the days after as_of, unless
  /// somebody acts.
  func foreseen(
    _ conclusion: Conclusion, _ evaluator: Evaluator, asOf: Instant
  ) throws -> [Upcoming] {
    if conclusion.verdict == .notApplicable { return [] }
    let until = asOf.advanced(days: Int64(Self.horizonDays))
    return try stale(conclusion, evaluator, asOf, until) + due(conclusion, evaluator, asOf, until)
  }

  /// The same of all controls, with findings and waivers whose time ends, in the order of the days.
  ///
  /// - Parameter controls: what ``foreseen(_:_:asOf:)`` gave for each.
  func foreseen(
    _ controls: [Upcoming], _ evaluator: Evaluator, _ conclusions: [Conclusion], asOf: Instant
  ) throws -> [Upcoming] {
    let until = asOf.advanced(days: Int64(Self.horizonDays))
    var all = controls
    let patching = conclusions.first { $0.control.id == "VM-02" && $0.verdict != .notApplicable }
    all += try evaluator.inContext { db in
      try deadlines(db, owner: patching?.owner ?? "", asOf, until)
        + expiring(db, conclusions, asOf, until)
    }
    return all.sorted {
      ($0.due, $0.control, $0.kind.rawValue, $0.text)
        < ($1.due, $1.control, $1.kind.rawValue, $1.text)
    }
  }

  private func stale(
    _ conclusion: Conclusion, _ evaluator: Evaluator, _ asOf: Instant, _ until: Instant
  ) throws -> [Upcoming] {
    let control = conclusion.control
    guard let at = try evaluator.goesStale(control), asOf < at, at <= until else { return [] }
    return [
      Upcoming(
        due: at, kind: .evidenceStale, control: control.id,
        text:
          "the newest evidence gets older than \(control.maxGapDays ?? 0) days",
        action: "collect again before that day", owner: conclusion.owner)
    ]
  }

  // MARK: Due intervals and statements

  private func due(
    _ conclusion: Conclusion, _ evaluator: Evaluator, _ asOf: Instant, _ until: Instant
  ) throws -> [Upcoming] {
    let control = conclusion.control
    guard control.mode == .occurrence || control.mode == .attestation else { return [] }
    if let kind = Self.interval(of: control) {
      let intervals = try evaluator.dueIntervals(kind, until: until)
      // What is due each day is said once.
      return try intervals.prefix(kind == "day" ? 1 : intervals.count).compactMap { interval in
        let items = try evaluator.foresee(control, in: interval)
        return items.isEmpty ? nil : entry(conclusion, due: interval.end, items: items)
      }
    }
    // Rolling rules look back from each day: what is overdue tomorrow already is no news.
    let day = asOf.advanced(days: 1)
    func open(_ until: Instant) throws -> [ItemResult] {
      try evaluator.foresee(control, in: Period(id: "+", start: asOf, end: until))
    }
    let known = Set(try open(day).map { "\($0.item)|\($0.attribute)" })
    func new(_ until: Instant) throws -> [ItemResult] {
      try open(until).filter { !known.contains("\($0.item)|\($0.attribute)") }
    }
    let items = try new(until)
    if items.isEmpty { return [] }
    var (early, late) = (1, Self.horizonDays)
    while late - early > 1 {
      let middle = (early + late) / 2
      if try new(asOf.advanced(days: Int64(middle))).isEmpty {
        early = middle
      } else {
        late = middle
      }
    }
    return [entry(conclusion, due: asOf.advanced(days: Int64(late)), items: items)]
  }

  /// The kind of due interval that makes a control's population; nil when none does.
  private static func interval(of control: Control) -> String? {
    if control.frequency == "daily" { return "day" }
    guard control.population.sql.contains("due_interval"),
      let match = control.population.sql.firstMatch(of: #/kind = '([a-z]+)'/#)
    else { return nil }
    return String(match.1)
  }

  private func entry(
    _ conclusion: Conclusion, due: Instant, items: [ItemResult]
  ) -> Upcoming {
    let control = conclusion.control
    let isStatement = control.mode == .attestation
    let names = Array(Set(items.map(\.item))).sorted().filter { !$0.hasSuffix("+") }
    let count = max(1, names.count)
    let text =
      isStatement ? "a statement falls due" : count == 1 ? "falls due" : "\(count) fall due"
    return Upcoming(
      due: due, kind: isStatement ? .attestationDue : .occurrenceDue, control: control.id,
      text: "\(text), and nothing is recorded yet",
      action: isStatement
        ? "a named person states it and attaches the document" : "do it and collect its record",
      owner: conclusion.owner, count: count, items: Array(names.prefix(Self.mostNames)))
  }

  // MARK: Findings and waivers

  /// Open findings whose deadline lies ahead, by severity.
  private func deadlines(
    _ db: Database, owner: String, _ asOf: Instant, _ until: Instant
  ) throws -> [Upcoming] {
    // One pass over the findings; what is due in a fortnight is few of them.
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.due_finding;
        CREATE TEMP TABLE due_finding AS
        SELECT f.finding_key, f.severity, f.severity_rank, f.first_seen + CAST(s.value * 86400 AS INTEGER) AS deadline
        FROM finding f JOIN parameter s ON s.name = 'vuln_sla_days' AND s.key = f.severity
        JOIN asset a ON a.asset_id = f.asset_id AND a.in_scope
        WHERE f.fixed_at IS NULL AND f.severity_rank >= 1
          AND f.first_seen + s.value * 86400 > \(asOf.seconds) AND f.first_seen + s.value * 86400 <= \(until.seconds);
        DELETE FROM due_finding WHERE EXISTS (
          SELECT 1 FROM waiver w WHERE w.finding_key = due_finding.finding_key AND NOT coalesce(w.scanner_side, 0)
            AND w.approved_at <= deadline AND w.expires_at >= deadline);
        """)
    defer { try? db.execute(sql: "DROP TABLE temp.due_finding") }
    let counts = try Row.fetchAll(
      db,
      sql:
        "SELECT severity, count(*) AS n, min(deadline) AS due FROM due_finding GROUP BY severity, severity_rank ORDER BY severity_rank DESC"
    )
    return try counts.map { row in
      let severity: String = row["severity"]
      let count: Int = row["n"]
      let names = try String.fetchAll(
        db,
        sql:
          "SELECT finding_key FROM due_finding WHERE severity = ? ORDER BY deadline, finding_key LIMIT \(Self.mostNames)",
        arguments: [severity])
      return Upcoming(
        due: Instant(seconds: row["due"]), kind: .vulnerabilityDeadline, control: "VM-02",
        text:
          "\(count) open \(severity) \(count == 1 ? "finding reaches its" : "findings reach their") deadline",
        action: "fix, or have a waiver approved before it", owner: owner, count: count,
        items: names)
    }
  }

  private func expiring(
    _ db: Database, _ conclusions: [Conclusion], _ asOf: Instant, _ until: Instant
  ) throws -> [Upcoming] {
    let owners = Dictionary(
      conclusions.map { ($0.control.id, $0.owner) }, uniquingKeysWith: { first, _ in first })
    return try Row.fetchAll(
      db,
      sql:
        "SELECT waiver_id, control_id, finding_key, expires_at FROM waiver WHERE expires_at > ? AND expires_at <= ? AND NOT coalesce(scanner_side, 0) ORDER BY expires_at, waiver_id",
      arguments: [asOf.seconds, until.seconds]
    ).map { row in
      let control: String = row["control_id"] ?? ""
      let item: String = row["finding_key"] ?? ""
      return Upcoming(
        due: Instant(seconds: row["expires_at"]), kind: .waiverExpires, control: control,
        text: "waiver '\(row["waiver_id"] as String? ?? "")' ends, and what it waives counts again",
        action: "fix the item, or have a new waiver approved", owner: owners[control] ?? "",
        items: item.isEmpty ? [] : [item])
    }
  }
}
