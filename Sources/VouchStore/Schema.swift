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
    if type.history == .mergedSnapshots { return mergedDaily(type, base: base) }
    if type.history == .mergedLatest { return mergedLatest(type, base: base) }
    if type == .scan_host { return mergedScanHost(base: base) }
    let target = type == .finding ? "finding_flat" : type.name
    let partition =
      (type.key + (type.history.keepsSnapshots ? ["at"] : [])).joined(separator: ", ")
    return """
      INSERT INTO \(target)(\(names.joined(separator: ", ")))
      SELECT \(names.joined(separator: ", ")) FROM (
        SELECT *, row_number() OVER (PARTITION BY \(partition) ORDER BY at DESC, evidence DESC, raw DESC) AS pick FROM (\(base)))
      WHERE pick = 1 ORDER BY evidence, raw
      """
  }

  /// The exports of one day that speak of the same thing make one row: of each column the latest
  /// value that is not NULL.
  private static func mergedDaily(_ type: RecordType, base: String) -> String {
    let names = RecordSchema.columnNames(type)
    let merged = type.columns.map { column -> String in
      if type.key.contains(column.name) { return column.name }
      if type == .host_config, column.name == "firewall" || column.name == "disks" {
        return "merged_\(column.name)(asset_id, day)"
      }
      return RecordSchema.latest(column)
    }
    let keys = type.key.joined(separator: ", ")
    let base = """
      CREATE TEMP TABLE merge_base AS SELECT *, at / 86400 AS day, \(RecordSchema.order) AS ord FROM (\(base));
      CREATE INDEX temp.merge_base_key ON merge_base(\(keys), day);
      """
    let selected = merged.joined(separator: ", ")
      .replacing("merged_firewall(asset_id, day)", with: mergedFirewall)
      .replacing("merged_disks(asset_id, day)", with: mergedDisks)
    return """
      \(base)
      INSERT INTO \(type.name)(\(names.joined(separator: ", ")))
      SELECT \(selected), max(at), CAST(substr(max(ord), 16) AS INTEGER), substr(max(ord || place), 26)
      FROM merge_base g GROUP BY \(keys), day ORDER BY \(keys), day;
      DROP TABLE merge_base;
      """
  }

  /// Key by key the latest; the filters of two address families together cover both, and the
  /// weaker of two policies is the one that counts.
  private static let mergedFirewall = """
    (SELECT json_group_object(key, json(value)) FROM (
      SELECT k.key, CASE
          WHEN k.key = 'families' THEN (SELECT json_group_array(DISTINCT f.value) FROM merge_base c, json_each(c.firewall, '$.families') f WHERE c.asset_id = g.asset_id AND c.day = g.day)
          WHEN k.key IN ('input_policy', 'forward_policy') AND max(k.value = 'accept') THEN '"accept"'
          WHEN k.type IN ('object', 'array') THEN k.value
          WHEN k.type IN ('true', 'false', 'null') THEN k.type
          WHEN k.type = 'text' THEN json_quote(k.value) ELSE k.value END AS value, max(b.ord)
      FROM merge_base b, json_each(b.firewall) k WHERE b.asset_id = g.asset_id AND b.day = g.day GROUP BY k.key) )
    """

  /// The disks that several commands list, one after the other.
  private static let mergedDisks = """
    (SELECT CASE WHEN count(*) > 0 THEN json_group_array(json(d.value)) END
     FROM merge_base b, json_each(b.disks) d WHERE b.asset_id = g.asset_id AND b.day = g.day)
    """

  /// All answers about one thing make one row: of each column the newest answer that has it.
  private static func mergedLatest(_ type: RecordType, base: String) -> String {
    let names = RecordSchema.columnNames(type)
    let keys = type.key.joined(separator: ", ")
    let newest = "at DESC, evidence DESC, raw DESC"
    let columns = type.columns.map(\.name).map { name in
      type.key.contains(name)
        ? name
        : "first_value(\(name)) OVER (PARTITION BY \(keys) ORDER BY \(name) IS NULL, \(newest)) AS \(name)"
    }
    return """
      INSERT INTO \(type.name)(\(names.joined(separator: ", ")))
      SELECT \(names.joined(separator: ", ")) FROM (
        SELECT \(columns.joined(separator: ", ")), at, evidence, place, raw,
               row_number() OVER (PARTITION BY \(keys) ORDER BY \(newest)) AS pick FROM (\(base)))
      WHERE pick = 1 ORDER BY evidence, raw
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

  /// What a system's policy says of all its accounts (account `*`) holds for each that says
  /// nothing else; the policy's own row is no account.
  static let policiesOfAccounts = """
    UPDATE account SET (mfa_enforced, password_min_length, lockout_enabled) = (
      SELECT coalesce(account.mfa_enforced, p.mfa_enforced), coalesce(account.password_min_length, p.password_min_length),
             coalesce(account.lockout_enabled, p.lockout_enabled)
      FROM account p WHERE p.source = account.source AND p.account_id = '*' AND p.at < account.at + 86400 ORDER BY p.at DESC LIMIT 1)
    WHERE account_id <> '*' AND EXISTS (SELECT 1 FROM account p WHERE p.source = account.source AND p.account_id = '*' AND p.at < account.at + 86400);
    DELETE FROM account WHERE account_id = '*';
    """
}
