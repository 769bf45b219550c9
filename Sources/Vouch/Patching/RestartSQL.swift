/// The statements about restarts for patches, by the rules of K10.
enum RestartSQL {
  static let prepare = """
    CREATE TEMP TABLE patch_restart AS
    WITH span AS (
      SELECT p.start_at, min(p.end_at, n.at) AS end_at FROM period p CROSS JOIN as_of n
    ), applied AS (
      SELECT e.asset_id, coalesce(e.service_id, a.service_id) AS service, max(coalesce(a.redundant, 0)) AS redundant, e.downtime_minutes, e.package, e.evidence, e.place,
             coalesce(min(r.booted_at), e.reboot_at, e.applied_at) AS at
      FROM patch_event e CROSS JOIN span p LEFT JOIN asset a ON a.asset_id = e.asset_id
      LEFT JOIN reboot r ON r.asset_id = e.asset_id AND r.booted_at >= coalesce(e.reboot_at - 3600, e.applied_at) AND r.booted_at < coalesce(e.reboot_at + 3600, e.applied_at + 7 * 86400)
      WHERE e.applied_at >= p.start_at AND e.applied_at < p.end_at AND e.method IS NOT 'live' AND e.rebooted IS NOT 0 AND (e.rebooted OR e.reboot_at IS NOT NULL)
      GROUP BY e.rowid
    ), restart AS (
      SELECT asset_id, service, max(redundant) AS redundant, at, max(downtime_minutes) AS recorded, json_group_array(DISTINCT package) AS packages,
             min(evidence) AS evidence, min(place) AS place
      FROM applied GROUP BY asset_id, service, at
    )
    SELECT r.asset_id, r.service, r.at, r.packages, r.evidence, r.place, r.redundant OR coalesce(s.redundant, 0) AS redundant, r.recorded,
           max(CASE WHEN NOT coalesce(o.unknown, 0) AND r.at >= o.start_at AND r.at < coalesce(o.end_at, p.end_at) THEN (coalesce(o.end_at, p.end_at) - o.start_at) / 60.0 END) AS outage_minutes,
           max(CASE WHEN r.at >= min(o.start_at, coalesce(o.window_start, o.start_at)) AND r.at < max(coalesce(o.end_at, p.end_at), coalesce(o.window_end, 0)) THEN coalesce(o.planned, 0) END) AS planned
    FROM restart r CROSS JOIN span p LEFT JOIN service s ON s.service_id = r.service LEFT JOIN outage o ON o.service = r.service
    GROUP BY r.asset_id, r.service, r.at;

    -- Downtime that restarts for patches made: one of them lies in it, or its cause says so.
    CREATE TEMP TABLE patch_outage AS
    SELECT o.rowid AS id, o.service, o.start_at, coalesce(o.end_at, (SELECT end_at FROM period)) AS end_at FROM main.outage o
    WHERE o.cause = 'patch_reboot' OR EXISTS (
      SELECT 1 FROM patch_restart r WHERE r.service = o.service AND NOT r.redundant AND r.at >= o.start_at AND r.at < coalesce(o.end_at, (SELECT end_at FROM period)));
    """

  /// Hides that downtime from a rule: it reads `outage` and `probe`, and a temporary view of that
  /// name comes before the table.
  static let hide = """
    CREATE TEMP VIEW outage AS SELECT * FROM main.outage WHERE rowid NOT IN (SELECT id FROM patch_outage);
    CREATE TEMP VIEW probe AS
    SELECT p.service, p.t, CASE WHEN p.up = 0 AND EXISTS (SELECT 1 FROM patch_outage o WHERE o.service = p.service AND p.t >= o.start_at AND p.t < o.end_at) THEN 1 ELSE p.up END AS up,
           p.latency_ms, p.interval_s, p.source, p.at, p.evidence, p.place FROM main.probe p;
    """

  static let show = "DROP VIEW temp.outage; DROP VIEW temp.probe;"

  static let rows = """
    SELECT asset_id, service, at, packages, evidence, place, planned,
           CASE WHEN redundant THEN 0 ELSE coalesce(recorded, outage_minutes) END AS minutes,
           CASE WHEN redundant THEN 'redundant' WHEN recorded IS NOT NULL THEN 'recorded' WHEN outage_minutes IS NOT NULL THEN 'outage' ELSE 'unknown' END AS basis
    FROM patch_restart
    """
}
