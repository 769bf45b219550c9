import VouchModel

/// The tables of an evaluation that are not records: period, as_of, parameters, calendar.
///
/// They are SQL text, so that the program and stock `sqlite3` run the very same statements.
public struct Context: Sendable {
  /// The span that is judged: the period, or a slice of it in which the parameters did not change.
  public let slice: Period
  public let asOf: Instant
  public let engagement: Engagement
  /// Parameters in force in the slice: name, key, value.
  public let parameters: [(name: String, key: String, value: Value)]

  public init(slice: Period, asOf: Instant, engagement: Engagement) {
    self.slice = slice
    self.asOf = asOf
    self.engagement = engagement
    parameters = Self.inForce(engagement.parameters, at: slice.start)
  }

  /// Of several values of a parameter, the last one that began at or before the instant. Of
  /// values without a beginning, the later one in the list: the organisation's after the default.
  static func inForce(
    _ all: [Engagement.Parameter], at instant: Instant
  ) -> [(name: String, key: String, value: Value)] {
    var chosen: [String: Engagement.Parameter] = [:]
    for parameter in all where parameter.from.map({ $0 <= instant }) ?? true {
      let id = "\(parameter.name)\u{0}\(parameter.key)"
      let earlier = chosen[id]?.from ?? Instant(seconds: .min)
      if (parameter.from ?? Instant(seconds: .min)) >= earlier { chosen[id] = parameter }
    }
    return chosen.values.map { ($0.name, $0.key, $0.value) }
      .sorted { ($0.name, $0.key) < ($1.name, $1.key) }
  }

  /// The parts of a period in which none of the named parameters changes.
  static func slices(
    of period: Period, parameters: [Engagement.Parameter], used: Set<String>
  ) -> [Period] {
    let changes = Set(
      parameters.filter { used.contains($0.name) }.compactMap(\.from)
        .filter { period.start < $0 && $0 < period.end })
    let bounds = [period.start] + changes.sorted() + [period.end]
    if bounds.count == 2 { return [period] }
    return zip(bounds, bounds.dropFirst()).enumerated().map { index, bound in
      Period(id: "\(period.id)/\(index + 1)", start: bound.0, end: bound.1)
    }
  }

  /// Statements that make the tables. Run them once per slice, after ``dropSQL``.
  public var sql: [String] {
    [
      "CREATE TEMP TABLE period(id TEXT, start_at INTEGER, end_at INTEGER)",
      "INSERT INTO period VALUES (\(quoted(slice.id)), \(slice.start.seconds), \(slice.end.seconds))",
      "CREATE TEMP TABLE as_of(at INTEGER)",
      "INSERT INTO as_of VALUES (\(asOf.seconds))",
      "CREATE TEMP TABLE parameter(name TEXT, key TEXT, value)",
    ]
      + inserts(
        "parameter",
        parameters.map { "(\(quoted($0.name)), \(quoted($0.key)), \(literal($0.value)))" })
      + policySQL + calendarSQL + engagementSQL + RecordSchema.currentViews
  }

  /// Statements that remove them again.
  public static let dropSQL =
    RecordType.all.filter { $0.history.keepsSnapshots }.map {
      "DROP VIEW IF EXISTS temp.\($0.name)_current"
    }
    + ["DROP VIEW IF EXISTS temp.waiver"]
    + [
      "period", "as_of", "parameter", "policy", "day", "due_interval", "exclusion",
      "adopted_control", "configured_waiver",
    ]
    .map { "DROP TABLE IF EXISTS temp.\($0)" }

  /// Plain parameters as the columns of one row: `policy.patch_deploy_days`.
  private var policySQL: [String] {
    let plain = parameters.filter { $0.key.isEmpty }
    if plain.isEmpty { return ["CREATE TEMP TABLE policy AS SELECT NULL AS none"] }
    return [
      "CREATE TEMP TABLE policy AS SELECT "
        + plain.map { "\(literal($0.value)) AS \($0.name)" }.joined(separator: ", ")
    ]
  }

  private var calendarSQL: [String] {
    let zone = engagement.zone
    let firstLocal = (slice.start.seconds + zone.offset(at: slice.start)) / 86400 - 430
    let lastLocal = (slice.end.seconds + zone.offset(at: slice.end)) / 86400 + 130
    let holidays = Set(engagement.holidays.map(\.date))
    var rows: [String] = []
    var starts: [(day: Instant, start: Instant)] = []
    for number in firstLocal...lastLocal {
      let local = Instant(seconds: number * 86400)
      let start = zone.instant(local: local)
      starts.append((local, start))
      let end = zone.instant(local: local.advanced(days: 1))
      // 1970-01-01 was a Thursday: Monday is 1.
      let weekday = Int((number + 3) % 7 + 7) % 7 + 1
      let isBusiness =
        engagement.businessDays.contains(weekday) && !holidays.contains(local.date)
      let opens =
        isBusiness
        ? "\(zone.instant(local: local.advanced(by: Int64(engagement.opens) * 60)).seconds)"
        : "NULL"
      let closes =
        isBusiness
        ? "\(zone.instant(local: local.advanced(by: Int64(engagement.closes) * 60)).seconds)"
        : "NULL"
      rows.append(
        "('\(local.date)', \(start.seconds), \(end.seconds), \(weekday), \(isBusiness ? 1 : 0), \(opens), \(closes))"
      )
    }
    return [
      "CREATE TEMP TABLE day(day TEXT, start_at INTEGER, end_at INTEGER, weekday INTEGER, is_business INTEGER, opens_at INTEGER, closes_at INTEGER)"
    ] + inserts("day", rows) + [
      "CREATE INDEX temp.day_start ON day(start_at)",
      "CREATE TEMP TABLE due_interval(kind TEXT, start_at INTEGER, end_at INTEGER)",
    ] + inserts("due_interval", intervals(starts))
  }

  /// The intervals that fall due in the slice: those whose last day lies in it. `day`, `week`
  /// (Monday to Sunday), `month`, `quarter`, `half`, `year` of the organisation's calendar, and
  /// `scan`: windows of `scan_interval_days` counted from the slice's start.
  private func intervals(_ days: [(day: Instant, start: Instant)]) -> [String] {
    var rows: [String] = []
    func add(_ kind: String, isBoundary: (Instant) -> Bool) {
      let bounds = days.filter { isBoundary($0.day) }.map(\.start)
      for (from, to) in zip(bounds, bounds.dropFirst())
      where to > slice.start && to <= slice.end {
        rows.append("('\(kind)', \(from.seconds), \(to.seconds))")
      }
    }
    add("day") { _ in true }
    add("week") { ($0.seconds / 86400 + 3) % 7 == 0 }
    add("month") { $0.civil.day == 1 }
    add("quarter") { $0.civil.day == 1 && ($0.civil.month - 1) % 3 == 0 }
    add("half") { $0.civil.day == 1 && ($0.civil.month - 1) % 6 == 0 }
    add("year") { $0.civil.day == 1 && $0.civil.month == 1 }
    let step = parameters.first { $0.name == "scan_interval_days" }.flatMap { parameter -> Int64? in
      if case .integer(let days) = parameter.value, days > 0 { return days }
      return nil
    }
    if let step {
      var from = slice.start
      while from < slice.end {
        let to = from.advanced(days: step)
        // A last window that the period cuts short is not due inside it.
        if to <= slice.end { rows.append("('scan', \(from.seconds), \(to.seconds))") }
        from = to
      }
    }
    return rows
  }

  private var engagementSQL: [String] {
    let waivers = engagement.waivers.map { w in
      "(\(quoted(w.id)), \(quoted(w.item)), \(quoted(w.control)), \(w.attribute.isEmpty ? "NULL" : quoted(w.attribute)), \(quoted(w.reason)), \(quoted(w.measure)), \(quoted(w.approver)), \(w.approvedAt.seconds), \(w.expiresAt.seconds), 0, \(w.approvedAt.seconds), NULL, 'vouch.yaml')"
    }
    let names = RecordSchema.columnNames(.waiver).joined(separator: ", ")
    return [
      "CREATE TEMP TABLE exclusion(kind TEXT, thing TEXT, reason TEXT, approver TEXT)",
      "CREATE TEMP TABLE adopted_control(control_id TEXT, owner_id TEXT)",
    ]
      + inserts(
        "exclusion",
        engagement.exclusions.map {
          "(\(quoted($0.kind)), \(quoted($0.thing)), \(quoted($0.reason)), \(quoted($0.approver)))"
        })
      + inserts(
        "adopted_control",
        engagement.adoptions.map { "(\(quoted($0.control)), \(quoted($0.owner)))" })
      // A table, so that the columns have the same affinity as those of the records: a rule that
      // joins findings with waivers can then use an index.
      + ["CREATE TEMP TABLE configured_waiver(\(RecordSchema.columns(.waiver)))"]
      + inserts("configured_waiver", waivers)
      + [
        "CREATE TEMP VIEW waiver AS SELECT \(names) FROM main.waiver UNION ALL SELECT \(names) FROM configured_waiver"
      ]
  }

  /// INSERTs of at most 400 rows each.
  private func inserts(_ table: String, _ rows: [String]) -> [String] {
    stride(from: 0, to: rows.count, by: 400).map { at in
      "INSERT INTO \(table) VALUES \(rows[at..<min(at + 400, rows.count)].joined(separator: ", "))"
    }
  }
}

/// A text as an SQL literal.
func quoted(_ text: String) -> String {
  "'\(text.replacing("'", with: "''").replacing("\0", with: ""))'"
}

/// A value as an SQL literal.
func literal(_ value: Value) -> String {
  switch value {
  case .null: "NULL"
  case .integer(let n): String(n)
  case .real(let x): String(x)
  case .text(let s): quoted(s)
  }
}
