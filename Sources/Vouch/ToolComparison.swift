import GRDB
import VouchModel

extension Workspace {
  /// Holds the tools against each other, by name.
  static func reconciliation(_ db: Database, asOf: Instant) throws -> ToolReconciliation {
    var tools = ToolReconciliation()
    let counts = try Row.fetchAll(
      db, sql: "SELECT outcome, count(*) AS n FROM cve_outcome_row GROUP BY outcome")
    let known = Dictionary(
      counts.map { ($0["outcome"] as String, $0["n"] as Int) }, uniquingKeysWith: +)
    tools.outcomes = ToolReconciliation.Outcome.words.compactMap { word in
      known[word.name].map { ToolReconciliation.Outcome(name: word.name, count: $0) }
    }
    tools.unknownToInventory = try String.fetchAll(
      db,
      sql:
        "SELECT DISTINCT asset_id FROM asset_tool WHERE NOT is_identified AND asset_id NOT IN (SELECT service_id FROM service WHERE service_id IS NOT NULL) ORDER BY 1"
    )
    tools.ambiguous = try String.fetchAll(
      db,
      sql: "SELECT DISTINCT lower(ref) FROM host_identity WHERE matched_by = 'conflict' ORDER BY 1")
    tools.unseenByScanner = try missing(
      db, type: "scan", "SELECT asset_id FROM scan_host WHERE asset_id IS NOT NULL AND seen", asOf)
    tools.unknownToPatching = try missing(
      db, type: "patch_event",
      "SELECT asset_id FROM patch_event WHERE asset_id IS NOT NULL UNION SELECT asset_id FROM live_patch WHERE asset_id IS NOT NULL",
      asOf)
    return tools
  }

  /// Servers in scope that are in use and not in the list; none when nothing of the kind was
  /// collected.
  private static func missing(
    _ db: Database, type: String, _ list: String, _ asOf: Instant
  ) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT asset_id FROM asset
        WHERE in_scope IS NOT 0 AND coalesce(kind, 'server') = 'server' AND (retired_at IS NULL OR retired_at > :at)
          AND (first_seen IS NULL OR first_seen < :at)
          AND EXISTS (SELECT 1 FROM collected WHERE record_type = :type) AND asset_id NOT IN (\(list))
        ORDER BY asset_id
        """, arguments: ["at": asOf.seconds, "type": type])
  }
}
