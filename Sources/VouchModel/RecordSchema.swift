/// The tables and views that controls are written against, as SQL of stock SQLite 3.40.
public enum RecordSchema {
  /// The tables and views that controls are written against: one per record type.
  public static let tables: [String] =
    RecordType.all.filter { $0 != .finding }.map { type in
      "CREATE TABLE \(type.name)(\(columns(type)))"
    }
    + RecordType.all.filter { $0 != .finding && !$0.key.isEmpty }.map { type in
      "CREATE INDEX \(type.name)_key ON \(type.name)(\(type.key.joined(separator: ", ")))"
    }
    + [
      """
      CREATE TABLE finding_row(id INTEGER PRIMARY KEY, asset INTEGER, plugin INTEGER, port INTEGER, transport INTEGER,
        severity INTEGER, accepted INTEGER, first_seen INTEGER, last_seen INTEGER, fixed_at INTEGER, closed_by TEXT,
        scanner_fixed_at INTEGER, reopen_intervals TEXT, interrupted_seconds INTEGER, evidence INTEGER, line INTEGER)
      """,
      "CREATE TABLE asset_number(id INTEGER PRIMARY KEY, asset_id TEXT UNIQUE)",
      """
      CREATE TABLE plugin(id INTEGER PRIMARY KEY, tool TEXT, plugin_id TEXT, name TEXT, family TEXT, app TEXT, cves TEXT,
        score REAL, fix_available_at INTEGER, fixed_version TEXT, kev INTEGER)
      """,
      "CREATE INDEX plugin_key ON plugin(tool, plugin_id)",
      "CREATE TABLE cve_number(id INTEGER PRIMARY KEY, cve TEXT UNIQUE)",
      """
      CREATE TABLE cve_outcome_row(asset INTEGER, cve INTEGER, severity INTEGER, first_seen INTEGER, last_seen INTEGER,
        fixed_at INTEGER, scanner_fixed_at INTEGER, patch_at INTEGER, live_at INTEGER, outcome TEXT, tools INTEGER,
        findings INTEGER, evidence INTEGER, line INTEGER, place TEXT)
      """,
      cveOutcomeView, assetToolView,
      "CREATE TABLE finding_flat(\(columns(.finding)))",
      findingView,
      "CREATE TABLE host_identity(source TEXT, ref TEXT, asset_id TEXT, matched_by TEXT, candidates TEXT, PRIMARY KEY(source, ref)) WITHOUT ROWID",
      "CREATE TABLE host_ref(source TEXT, ref TEXT, PRIMARY KEY(source, ref)) WITHOUT ROWID",
      "CREATE TABLE host_alias(name TEXT PRIMARY KEY, asset_id TEXT)",
    ]

  /// What scanner, patch manager and live patcher together say of a CVE on a host.
  ///
  /// `outcome`: open, reopened, awaiting_reboot, accepted_in_scanner, patched (package and scan
  /// agree), live_patched, fixed_by_scan_only, clean_unproven (the scan is clean, but the live
  /// patcher hides packages from it and does not prove this CVE: `fixed_at` is NULL), asset_retired,
  /// missing_in_patch_manager_only. `seen_by`: the tools that know of it. A scanner that lists
  /// findings with its own dates (`finding_flat`) is a scanner like one whose scans are followed.
  private static let cveOutcomeView = """
    CREATE VIEW cve_outcome AS
    SELECT a.asset_id, c.cve, o.outcome,
           CASE o.severity WHEN 4 THEN 'critical' WHEN 3 THEN 'high' WHEN 2 THEN 'medium' WHEN 1 THEN 'low' WHEN 0 THEN 'none' ELSE 'unknown' END AS severity,
           o.severity AS severity_rank, o.first_seen, o.last_seen, o.fixed_at, o.scanner_fixed_at, o.patch_at, o.live_at,
           trim(CASE WHEN o.tools & 1 THEN 'scanner' ELSE '' END || CASE WHEN o.tools & 2 THEN ' patch_manager' ELSE '' END ||
             CASE WHEN o.tools & 4 THEN ' live_patcher' ELSE '' END) AS seen_by,
           o.findings, o.evidence, coalesce(o.place, 'L' || o.line) AS place
    FROM cve_outcome_row o JOIN asset_number a ON a.id = o.asset JOIN cve_number c ON c.id = o.cve
    """

  /// Which tool saw which machine, and when last.
  private static let assetToolView = """
    CREATE VIEW asset_tool AS
    SELECT coalesce(asset_id, lower(ref)) AS asset_id, source AS tool, max(at) AS last_seen, max(matched_by) AS matched_by,
           asset_id IS NOT NULL AS is_identified
    FROM host_sighting GROUP BY 1, 2
    """

  /// `finding` puts numbers and names together again; a million findings take a tenth of the
  /// space this way.
  ///
  /// The casts give both halves columns of the same affinity. Only then does SQLite merge the view
  /// into the query that reads it (query optimiser, flattening of UNION ALL) and compute no column
  /// that nobody asked for: a pass over a million findings takes a quarter of the time.
  private static let findingView = """
    CREATE VIEW finding AS
    SELECT CAST(a.asset_id || '|' || p.plugin_id || '|' || f.port || '/' ||
             CASE f.transport WHEN 0 THEN 'tcp' WHEN 1 THEN 'udp' WHEN 2 THEN 'icmp' ELSE 'other' END AS TEXT) AS finding_key,
           a.asset_id, p.app, p.cves, p.plugin_id,
           CAST(CASE f.severity WHEN 4 THEN 'critical' WHEN 3 THEN 'high' WHEN 2 THEN 'medium' WHEN 1 THEN 'low' WHEN 0 THEN 'none' ELSE 'unknown' END AS TEXT) AS severity,
           CAST(CASE WHEN f.severity >= 0 THEN f.severity END AS INTEGER) AS severity_rank,
           CAST(NULL AS TEXT) AS severity_basis, p.score, f.first_seen, f.last_seen, f.fixed_at, f.closed_by, f.reopen_intervals,
           f.interrupted_seconds, p.fix_available_at, p.kev, f.accepted AS accepted_in_scanner,
           CAST(NULL AS TEXT) AS waiver_id, p.tool AS source, p.name, p.fixed_version, f.scanner_fixed_at,
           f.first_seen AS at, f.evidence, CAST('L' || f.line AS TEXT) AS place
    FROM finding_row f CROSS JOIN asset_number a ON a.id = f.asset CROSS JOIN plugin p ON p.id = f.plugin
    UNION ALL SELECT * FROM finding_flat
    """

  /// Views of the newest snapshot before as_of, one per record type that keeps snapshots.
  ///
  /// Of a type that several exports fill together, each column is the newest value that is told:
  /// an export of disks says nothing of the class of the data, so it does not unsay it.
  /// They read the table `as_of`, which belongs to an evaluation, so they are temporary as it is.
  public static let currentViews: [String] = RecordType.all.filter { $0.history.keepsSnapshots }
    .map { type in
      if type.history == .mergedSnapshots { return mergedCurrentView(type) }
      return """
        CREATE TEMP VIEW \(type.name)_current AS SELECT \(columnNames(type).joined(separator: ", ")) FROM (
          SELECT *, row_number() OVER (PARTITION BY \(type.key.joined(separator: ", ")) ORDER BY at DESC, evidence DESC) AS pick
          FROM \(type.name) WHERE at < (SELECT at FROM as_of)) WHERE pick = 1
        """
    }

  private static func mergedCurrentView(_ type: RecordType) -> String {
    let columns = type.columns.map { column in
      type.key.contains(column.name) ? column.name : "\(latest(column)) AS \(column.name)"
    }
    return """
      CREATE TEMP VIEW \(type.name)_current AS SELECT \(columns.joined(separator: ", ")),
        max(at) AS at, CAST(substr(max(ord), 16) AS INTEGER) AS evidence, substr(max(ord || place), 26) AS place
      FROM (SELECT *, \(order) AS ord FROM \(type.name) WHERE at < (SELECT at FROM as_of)) GROUP BY \(type.key.joined(separator: ", "))
      """
  }

  /// Time and evidence of a row as text that sorts as they do, 25 characters long.
  public static let order = "printf('%015d%010d', at, evidence)"

  /// Of the rows of a group that have ``order`` as their column `ord`, the latest value that is not
  /// NULL: the greatest text of time, evidence and value, which one pass can find.
  public static func latest(_ column: Column) -> String {
    let text = "substr(max(ord || \(column.name)), 26)"
    switch column.kind {
    case .integer, .flag, .instant: return "CAST(\(text) AS INTEGER)"
    case .real: return "CAST(\(text) AS REAL)"
    case .text, .list, .json, .host: return text
    }
  }

  /// Tables about the evidence itself.
  public static let evidenceTables = [
    """
    CREATE TABLE evidence_item(
      evidence INTEGER PRIMARY KEY, evidence_id TEXT NOT NULL, source TEXT NOT NULL, transport TEXT, endpoint TEXT,
      name TEXT, query TEXT, parameters TEXT, operator TEXT, host TEXT, collector TEXT, collector_version TEXT,
      collected_at INTEGER, received_at INTEGER, effective_at INTEGER, covers_from INTEGER, covers_to INTEGER,
      record_count INTEGER, source_reported_total INTEGER, sha256 TEXT NOT NULL, sha256_found TEXT, size INTEGER,
      last_page INTEGER, partial TEXT, format TEXT, complete INTEGER, listing TEXT, page INTEGER, replaced_bytes INTEGER)
    """,
    "CREATE TABLE collected(record_type TEXT, evidence INTEGER, effective_at INTEGER, covers_from INTEGER, covers_to INTEGER, complete INTEGER)",
    "CREATE TABLE source_failure(evidence INTEGER, source TEXT, failed_at INTEGER, error TEXT)",
  ]

  public static func columnNames(_ type: RecordType) -> [String] {
    type.columns.map(\.name) + RecordType.originColumns.map(\.name)
  }

  public static func columns(_ type: RecordType) -> String {
    (type.columns + RecordType.originColumns).map { "\($0.name) \($0.kind.sql)" }
      .joined(separator: ", ")
  }

}
