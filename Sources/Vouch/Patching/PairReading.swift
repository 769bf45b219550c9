import GRDB
import VouchModel
import VouchPackages

// Pairs of host and CVE.
extension PatchReading {
  func pairs(into all: inout PatchReconciliation) throws {
    all.outcomes = try outcomes()
    (all.deadlines, all.leftOut) = try deadlines()
    all.times = try times(target: all.gapTargetDays)
    for outcome in all.outcomes {
      all.examples[outcome.outcome] = try examples(of: outcome)
    }
    for row in all.deadlines where row.severity == nil {
      all.fixedLate = try first("late", of: row.late)
      all.openLate = try first("open_late", of: row.openLate)
    }
  }

  private func outcomes() throws -> [OutcomeCount] {
    var counts: [String: [PairSeverity: Int]] = [:]
    let rows = try Row.fetchAll(
      db, sql: "SELECT outcome, rank, sum(n) AS n FROM patch_count GROUP BY 1, 2")
    for row in rows {
      counts[row["outcome"], default: [:]][PairSeverity(rank: row["rank"]), default: 0] +=
        row["n"] as Int
    }
    return ToolReconciliation.Outcome.words.compactMap { word in
      counts[word.name].map { OutcomeCount(outcome: word.name, bySeverity: $0) }
    }
  }

  private func deadlines() throws -> ([DeadlineCount], [(reason: String, count: Int)]) {
    var days: [PairSeverity: Int] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT rank, seconds / 86400 AS days FROM patch_limit") {
      days[PairSeverity(rank: row["rank"])] = row["days"]
    }
    var counts: [PairSeverity: DeadlineCount] = [:]
    var whole = DeadlineCount(severity: nil, days: nil)
    var leftOut: [String: Int] = [:]
    for row in try Row.fetchAll(
      db, sql: "SELECT state, rank, sum(n) AS n FROM patch_count GROUP BY 1, 2")
    {
      let severity = PairSeverity(rank: row["rank"])
      let n: Int = row["n"]
      let state = PairSQL.states[row["state"] as Int]
      var count =
        counts[severity] ?? DeadlineCount(severity: severity, days: days[severity])
      guard count.add(n, state: state), whole.add(n, state: state) else {
        leftOut[state, default: 0] += n
        continue
      }
      counts[severity] = count
    }
    let reasons = ["before", "gone", "out_of_scope", "unseen", "no_deadline"]
    return (
      PairSeverity.allCases.compactMap { counts[$0] } + [whole],
      reasons.compactMap { reason in leftOut[reason].map { (reason, $0) } }
    )
  }

  private func times(target: Int?) throws -> [TimeToPatch] {
    var parts: [Int: TimeToPatch] = [:]
    for row in try Row.fetchAll(db, sql: PairSQL.times, arguments: ["target": target ?? 0]) {
      let part: Int = row["part"]
      var times = TimeToPatch.Times()
      func days(_ column: String) -> Double? { (row[column] as Double?).map { $0 / 86400 } }
      times.count = row["total"]
      times.mean = days("mean")
      times.median = days("p50")
      times.p75 = days("p75")
      times.p90 = days("p90")
      times.p95 = days("p95")
      times.longest = days("longest")
      times.withinTarget = target.map { _ in Int(row["within"] as Double) }
      times.distribution = (0...TimeToPatch.ranges.count).map { Int(row["r\($0)"] as Double) }
      var time =
        parts[part] ?? TimeToPatch(severity: part == 9 ? nil : PairSeverity(rank: part))
      if row["closed"] as Bool { time.closed = times } else { time.open = times }
      parts[part] = time
    }
    return [4, 3, 2, 1, -1, 9].compactMap { parts[$0] }
  }

  /// The first pairs of an outcome, the most severe ones.
  private func examples(of outcome: OutcomeCount) throws -> [CVEOnHost] {
    var rows: [CVEOnHost] = []
    let ranks = try Int.fetchAll(
      db, sql: "SELECT DISTINCT rank FROM patch_count WHERE outcome = ? ORDER BY rank DESC",
      arguments: [outcome.outcome])
    for rank in ranks where rows.count < Self.mostExamples {
      try select(
        "WHERE p.outcome = ? AND p.rank = ? LIMIT \(Self.mostExamples - rows.count)",
        [outcome.outcome, rank]
      ) { rows.append($0) }
    }
    return rows
  }

  /// The first pairs of a state, the most severe ones and of them the latest.
  private func first(_ state: String, of total: Int) throws -> FirstRows<CVEOnHost> {
    var rows: [CVEOnHost] = []
    if total == 0 { return FirstRows() }
    let number = PairSQL.states.firstIndex(of: state) ?? 0
    try select(
      from: """
        (SELECT pair AS late, rank AS level, lateness FROM patch_late WHERE state = \(number)
         ORDER BY rank DESC, lateness DESC, pair LIMIT \(Self.most)) t CROSS JOIN patch_pair p ON p.pair = t.late
        """, "ORDER BY t.level DESC, t.lateness DESC, t.late", []
    ) { rows.append($0) }
    return FirstRows(rows: rows, total: total)
  }

  func late(_ row: (CVEOnHost) throws -> Void) throws {
    try select(from: "patch_late t CROSS JOIN patch_pair p ON p.pair = t.pair", "", [], row)
  }

  func views(_ row: (CVEOnHost) throws -> Void) throws {
    let names = PatchReconciliation.differing.map { "'\($0)'" }.joined(separator: ", ")
    try select("WHERE p.outcome IN (\(names))", [], row)
  }

  private func select(
    from pairs: String = "patch_pair p", _ condition: String, _ arguments: StatementArguments,
    _ take: (CVEOnHost) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db, sql: "\(PairSQL.columns) FROM \(pairs) \(PairSQL.said) \(condition)",
      arguments: arguments)
    while let row = try rows.next() { try take(Self.pair(row)) }
  }

  private static func pair(_ row: Row) -> CVEOnHost {
    var pair = CVEOnHost()
    pair.host = row["asset_id"]
    pair.cve = row["cve"]
    pair.severity = PairSeverity(rank: row["rank"])
    pair.outcome = row["outcome"]
    pair.state = PairSQL.states[row["state"] as Int]
    pair.firstSeen = instant(row, "first_seen")
    pair.deadline = instant(row, "deadline")
    pair.provenAt = instant(row, "proven_at")
    if (row["tools"] as Int) & 1 != 0 {
      pair.scanner.reported = true
      pair.scanner.lastSeen = instant(row, "last_seen")
      pair.scanner.cleanSince = instant(row, "scanner_fixed_at")
      pair.scanner.origin = origin(row, "evidence", "place")
    }
    if row["said"] as Int? != nil {
      var patch = CVEOnHost.PatchManager()
      patch.isMissing = row["missing"] ?? false
      patch.isAwaiting = row["awaits"] ?? false
      patch.appliedAt = instant(row, "patch_at") ?? instant(row, "applied_at")
      patch.origin = origin(row, "patch_evidence", "patch_place")
      pair.patchManager = patch
    }
    if row["live_evidence"] as Int? != nil {
      var live = CVEOnHost.LivePatcher()
      live.state = row["live_state"] ?? ""
      live.isUpToDate = row["up_to_date"]
      live.hidesPackages = row["scanner_interface"] ?? false
      live.since = instant(row, "live_at")
      live.origin = origin(row, "live_evidence", "live_place")
      pair.livePatcher = live
    }
    return pair
  }
}

extension DeadlineCount {
  /// - Returns: whether the state is one that a deadline is counted for.
  fileprivate mutating func add(_ n: Int, state: String) -> Bool {
    switch state {
    case "kept": kept += n
    case "late": late += n
    case "open_late": openLate += n
    case "not_due": notDue += n
    default: return false
    }
    return true
  }
}
