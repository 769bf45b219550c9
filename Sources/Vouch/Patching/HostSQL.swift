/// The statements about who knows which machine.
enum HostSQL {
  /// One row a machine, with the last word of each kind of tool before as_of.
  static let prepare = """
    CREATE TEMP TABLE tool_host(asset_id TEXT PRIMARY KEY, listed INTEGER, expected INTEGER, excluded INTEGER, kind TEXT, service TEXT, retired_at INTEGER,
      scanned_at INTEGER, credentialed INTEGER, patch_at INTEGER, live_at INTEGER, live_state TEXT, live_current INTEGER, hides INTEGER);
    INSERT INTO tool_host
    SELECT asset_id, max(listed), 0, 0, max(kind), max(service), max(retired_at), max(scanned_at), max(credentialed), max(patch_at), max(live_at), max(live_state), max(live_current), max(hides)
    FROM (
      SELECT asset_id, 1 AS listed, kind, service_id AS service, retired_at, NULL AS scanned_at, NULL AS credentialed, NULL AS patch_at, NULL AS live_at, NULL AS live_state,
             NULL AS live_current, NULL AS hides FROM asset
      UNION ALL
      SELECT asset_id, NULL, NULL, NULL, NULL, max(coalesce(ended_at, started_at, at)), max(credentialed), NULL, NULL, NULL, NULL, NULL FROM scan_host
      WHERE seen AND asset_id IS NOT NULL AND coalesce(ended_at, started_at, at) >= (SELECT start_at FROM period) AND coalesce(ended_at, started_at, at) < (SELECT at FROM as_of)
      GROUP BY asset_id
      UNION ALL
      SELECT asset_id, NULL, NULL, NULL, NULL, NULL, NULL, max(at), NULL, NULL, NULL, NULL FROM patch_event WHERE method IS NOT 'live' AND asset_id IS NOT NULL GROUP BY asset_id
      UNION ALL
      SELECT asset_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, at, state, up_to_date, scanner_interface FROM (
        SELECT *, row_number() OVER (PARTITION BY asset_id ORDER BY at DESC, evidence DESC) AS pick FROM live_patch WHERE at < (SELECT at FROM as_of) AND asset_id IS NOT NULL)
      WHERE pick = 1
      UNION ALL
      -- An inventory of the tool's own, also of machines without a patch or a finding.
      SELECT coalesce(s.asset_id, lower(s.ref)), NULL, NULL, NULL, NULL, CASE WHEN max(c.scans) AND max(s.at) >= (SELECT start_at FROM period) THEN max(s.at) END, NULL,
             CASE WHEN max(c.patches) THEN max(s.at) END, CASE WHEN max(c.lives) THEN max(s.at) END, NULL, NULL, NULL
      FROM host_sighting s JOIN (
        SELECT evidence, max(record_type = 'scan_host') AS scans, max(record_type = 'patch_event') AS patches, max(record_type = 'live_patch') AS lives
        FROM collected GROUP BY evidence) c ON c.evidence = s.evidence
      WHERE s.ref IS NOT NULL AND s.at < (SELECT at FROM as_of) AND (c.scans OR c.patches OR c.lives) GROUP BY 1
    ) GROUP BY asset_id;
    UPDATE tool_host SET expected = 1 WHERE asset_id IN (
      SELECT asset_id FROM asset WHERE in_scope IS NOT 0 AND coalesce(kind, 'server') = 'server'
        AND (retired_at IS NULL OR retired_at > (SELECT at FROM as_of)) AND (first_seen IS NULL OR first_seen < (SELECT at FROM as_of)));
    UPDATE tool_host SET excluded = 1 WHERE asset_id IN (SELECT lower(thing) FROM exclusion WHERE kind = 'asset' UNION SELECT thing FROM exclusion WHERE kind = 'asset');
    """

  /// Machines that should be known, and machines that are known without being listed.
  static let knowledge = """
    SELECT coalesce(listed, 0) AS listed, scanned_at IS NOT NULL AS scanned, patch_at IS NOT NULL AS patched, live_at IS NOT NULL AS live, count(*) AS n
    FROM tool_host WHERE expected OR listed IS NULL GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1 DESC, 2 DESC, 3 DESC, 4 DESC
    """

  /// Kinds of differences, each with the machines it concerns; `needs`: record type without which
  /// nothing can be said.
  static let differences: [(kind: String, needs: String?, condition: String)] = [
    ("unlisted", nil, "listed IS NULL"),
    ("not_scanned", "scan", "expected AND scanned_at IS NULL"),
    ("uncredentialed", "scan", "expected AND scanned_at IS NOT NULL AND credentialed IS NOT 1"),
    ("no_patch_record", "patch_event", "expected AND patch_at IS NULL"),
    ("not_live_patched", "live_patch", "expected AND live_at IS NULL"),
    (
      "live_stale", "live_patch",
      "expected AND live_at IS NOT NULL AND (live_state <> 'applied' OR live_current = 0)"
    ),
    ("hidden_packages", "live_patch", "hides = 1"),
    (
      "after_retirement", nil,
      "retired_at < coalesce(scanned_at, 0) OR retired_at < coalesce(live_at, 0)"
    ),
  ]
}
