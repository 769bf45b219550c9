import VouchModel

/// The tables of the records database, generated from the record types.
public enum Schema {
  /// Tables that hold what collectors read, before hosts are identified and duplicates resolved.
  static let raw: [String] =
    RecordType.all.map { type in
      "CREATE TABLE raw_\(type.name)(\(RecordSchema.columns(type)))"
    } + [
      "CREATE TABLE diagnostic(evidence INTEGER, id TEXT, severity TEXT, at TEXT, text TEXT, why TEXT, fix TEXT)",
      "CREATE TABLE raw_host(id INTEGER PRIMARY KEY, evidence INTEGER, ref TEXT)",
      """
      CREATE TABLE raw_plugin(id INTEGER PRIMARY KEY, evidence INTEGER, tool TEXT, plugin_id TEXT, name TEXT, family TEXT,
        app TEXT, cves TEXT, score REAL, fix_available_at INTEGER, fixed_version TEXT, kev INTEGER)
      """,
      "CREATE TABLE raw_scan_number(id INTEGER PRIMARY KEY, evidence INTEGER, scan_id TEXT, tool TEXT)",
      """
      CREATE TABLE raw_observation(scan INTEGER, host INTEGER, plugin INTEGER, port INTEGER, transport INTEGER,
        severity INTEGER, accepted INTEGER, evidence INTEGER, line INTEGER)
      """,
      "CREATE TABLE loaded(evidence INTEGER PRIMARY KEY, reader TEXT, stamp TEXT)",
      "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT)",
    ] + RecordSchema.evidenceTables

  /// Tables of the records database that a package takes along.
  public static let packaged: [String] =
    RecordType.all.filter { $0 != .finding }.map(\.name) + [
      "finding_row", "finding_flat", "cve_number", "cve_outcome_row", "asset_number", "plugin",
      "host_identity", "evidence_item",
      "collected", "source_failure",
    ]

  /// Statements that fill the record tables from the raw ones, in order. Identity comes between
  /// `asset` and the rest.
  static func fill(_ type: RecordType) -> String {
    let names = RecordSchema.columnNames(type)
    let selected = type.columns.map { column in
      column.kind == .host
        ? "coalesce((SELECT i.asset_id FROM host_identity i WHERE i.source = e.source AND i.ref = r.\(column.name)), lower(r.\(column.name))) AS \(column.name)"
        : "r.\(column.name)"
    }
    let base = """
      SELECT \(selected.joined(separator: ", ")), coalesce(r.at, e.effective_at) AS at, r.evidence, r.place, r.rowid AS raw
      FROM raw_\(type.name) r LEFT JOIN evidence_item e ON e.evidence = r.evidence
      """
    if type == .host_config { return mergedDaily(type, base: base) }
    if type == .scan_host { return mergedScanHost(base: base) }
    let target = type == .finding ? "finding_flat" : type.name
    let partition =
      (type.key + (type.history == .snapshots ? ["at"] : [])).joined(separator: ", ")
    return """
      INSERT INTO \(target)(\(names.joined(separator: ", ")))
      SELECT \(names.joined(separator: ", ")) FROM (
        SELECT *, row_number() OVER (PARTITION BY \(partition) ORDER BY at DESC, evidence DESC, raw DESC) AS pick FROM (\(base)))
      WHERE pick = 1 ORDER BY evidence, raw
      """
  }

  /// Several commands describe one host on one day, each with its own column filled.
  private static func mergedDaily(_ type: RecordType, base: String) -> String {
    let names = RecordSchema.columnNames(type)
    let merged = names.map { name in
      switch name {
      case "asset_id": "asset_id"
      case "at": "max(at)"
      case "evidence", "place": "max(\(name))"
      default: "max(\(name))"
      }
    }
    return """
      INSERT INTO \(type.name)(\(names.joined(separator: ", ")))
      SELECT \(merged.joined(separator: ", ")) FROM (\(base)) GROUP BY asset_id, at / 86400 ORDER BY 1, at
      """
  }

  /// A host that was scanned by address and by name is one host of the scan.
  private static func mergedScanHost(base: String) -> String {
    """
    INSERT INTO scan_host(scan_id, asset_id, seen, credentialed, started_at, ended_at, findings, credential_note, at, evidence, place)
    SELECT scan_id, asset_id, max(seen), max(credentialed), min(started_at), max(ended_at), max(findings), max(credential_note),
           max(at), max(evidence), min(place)
    FROM (\(base)) GROUP BY scan_id, asset_id ORDER BY scan_id, asset_id
    """
  }
}
