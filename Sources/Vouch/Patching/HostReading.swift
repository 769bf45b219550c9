import GRDB
import VouchModel
import VouchPackages

// Machines: who knows them, and under which name.
extension PatchReading {
  func machines(into all: inout PatchReconciliation) throws {
    let knowledge = try Row.fetchAll(db, sql: HostSQL.knowledge)
    all.knowledge = knowledge.map { row in
      var tools: Set<String> = []
      if row["listed"] as Bool { tools.insert("inventory") }
      if row["scanned"] as Bool { tools.insert("scanner") }
      if row["patched"] as Bool { tools.insert("patch_manager") }
      if row["live"] as Bool { tools.insert("live_patcher") }
      return Knowledge(tools: tools, hosts: row["n"])
    }
    for difference in HostSQL.differences
    where difference.needs.map(all.collected.contains) ?? true {
      let total = try count(difference.condition)
      if total == 0 { continue }
      let names = try String.fetchAll(
        db,
        sql:
          "SELECT asset_id FROM tool_host WHERE \(difference.condition) ORDER BY asset_id LIMIT \(Self.most)"
      )
      all.differences.append((difference.kind, FirstRows(rows: names, total: total)))
    }
    all.tools = try tools(collected: all.collected)
  }

  private func count(_ condition: String) throws -> Int {
    try Int.fetchOne(db, sql: "SELECT count(*) FROM tool_host WHERE \(condition)") ?? 0
  }

  private func tools(collected: Set<String>) throws -> [ToolView] {
    try [
      ("inventory", "asset", "listed"), ("scanner", "scan", "scanned_at"),
      ("patch_manager", "patch_event", "patch_at"), ("live_patcher", "live_patch", "live_at"),
    ].compactMap { tool, type, column in
      var view = ToolView(tool: tool)
      view.sources = try String.fetchAll(
        db,
        sql:
          "SELECT DISTINCT e.source FROM collected c JOIN evidence_item e USING (evidence) WHERE c.record_type = ? ORDER BY 1",
        arguments: [type])
      if view.sources.isEmpty { return nil }
      view.lastEvidence = try Int64.fetchOne(
        db,
        sql:
          "SELECT max(effective_at) FROM collected WHERE record_type = ?",
        arguments: [type]
      ).map(Instant.init(seconds:))
      view.hosts = try count("\(column) IS NOT NULL")
      view.unlisted = try count("\(column) IS NOT NULL AND listed IS NULL")
      view.unknown = try count("expected AND \(column) IS NULL")
      view.blindSpots = try blindSpots(of: tool, collected)
      return view
    }
  }

  private func blindSpots(
    of tool: String, _ collected: Set<String>
  ) throws -> [(kind: String, hosts: Int)] {
    switch tool {
    case "inventory": return [("inventory_entered", try count("listed IS NULL"))]
    case "scanner":
      var spots = [
        ("scanner_credentials", try count("scanned_at IS NOT NULL AND credentialed IS NOT 1"))
      ]
      if collected.contains("live_patch") {
        spots.append(("scanner_kernel", try count("live_at IS NOT NULL")))
        spots.append(("scanner_hidden", try count("hides = 1")))
      }
      return spots
    case "patch_manager":
      return [
        ("patch_manager_own", try count("expected AND patch_at IS NULL")),
        (
          "patch_manager_cves",
          try Int.fetchOne(
            db,
            sql:
              "SELECT count(DISTINCT asset_id) FROM patch_event WHERE method IS NOT 'live' AND coalesce(cves, '[]') = '[]'"
          ) ?? 0
        ),
      ]
    default:
      return [
        ("live_patcher_kernel", 0),
        (
          "live_patcher_stale",
          try count("live_at IS NOT NULL AND (live_state <> 'applied' OR live_current = 0)")
        ),
      ]
    }
  }

  func hosts(_ condition: String, _ take: (KnownHost) throws -> Void) throws {
    let rows = try Row.fetchCursor(db, sql: "SELECT * FROM tool_host WHERE \(condition)")
    while let row = try rows.next() {
      var host = KnownHost()
      host.host = row["asset_id"]
      host.isListed = row["listed"] ?? false
      host.isExpected = row["expected"] ?? false
      host.isExcluded = row["excluded"] ?? false
      host.kind = row["kind"] ?? ""
      host.service = row["service"] ?? ""
      host.retiredAt = Self.instant(row, "retired_at")
      host.scannedAt = Self.instant(row, "scanned_at")
      host.isCredentialed = row["credentialed"]
      host.patchRecordAt = Self.instant(row, "patch_at")
      host.liveRecordAt = Self.instant(row, "live_at")
      host.liveState = row["live_state"] ?? ""
      host.isLiveCurrent = row["live_current"]
      host.hidesPackages = row["hides"] ?? false
      try take(host)
    }
  }

  // MARK: Names

  func names(into all: inout PatchReconciliation) throws {
    all.identities = try Row.fetchAll(
      db,
      sql:
        "SELECT source, coalesce(matched_by, 'none') AS matched_by, count(*) AS n FROM \(Self.machineNames) GROUP BY 1, 2 ORDER BY 1, 2"
    ).map {
      IdentityCount(source: $0["source"], matchedBy: $0["matched_by"], count: $0["n"])
    }
    all.machines = try machinesOfSeveralSources()
    all.conflicts = try first("matched_by = 'conflict'")
    all.weakMatches = try first("matched_by = 'address'")
    all.unmatched = try first("matched_by IS NULL")
  }

  private func machinesOfSeveralSources() throws -> FirstRows<IdentifiedMachine> {
    let several =
      "SELECT asset_id FROM host_identity WHERE asset_id IS NOT NULL GROUP BY asset_id HAVING count(DISTINCT source) > 1"
    let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM (\(several))") ?? 0
    let assets = try String.fetchAll(
      db, sql: "\(several) ORDER BY asset_id LIMIT \(Self.most)")
    var names: [String: [Identity]] = [:]
    let shown = "asset_id IN (\(several) ORDER BY asset_id LIMIT \(Self.most))"
    try identities(shown) { names[$0.asset, default: []].append($0) }
    return FirstRows(
      rows: assets.map { IdentifiedMachine(asset: $0, names: names[$0] ?? []) }, total: total)
  }

  /// Names of services stand in the same columns as those of hosts.
  private static let machineNames =
    "(SELECT * FROM host_identity WHERE asset_id IS NOT NULL OR ref NOT IN (SELECT service_id FROM service WHERE service_id IS NOT NULL)) i"

  private func first(_ condition: String) throws -> FirstRows<Identity> {
    var rows: [Identity] = []
    let total =
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM \(Self.machineNames) WHERE \(condition)") ?? 0
    try identities("\(condition) LIMIT \(Self.most)") { rows.append($0) }
    return FirstRows(rows: rows, total: total)
  }

  func identities(_ condition: String, _ take: (Identity) throws -> Void) throws {
    let rows = try Row.fetchCursor(
      db, sql: "SELECT * FROM \(Self.machineNames) WHERE \(condition)")
    while let row = try rows.next() {
      let matchedBy: String = row["matched_by"] ?? "none"
      let candidates = matchedBy == "conflict" ? (row["candidates"] as String? ?? "") : ""
      try take(
        Identity(
          source: row["source"], name: row["ref"], asset: row["asset_id"] ?? "",
          matchedBy: matchedBy, candidates: candidates.split(separator: ",").map(String.init)))
    }
  }
}
