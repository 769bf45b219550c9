/// The statements that count pairs of host and CVE. Two million of them are counted where they
/// are: nothing here brings more rows into the program than a page shows.
enum PairSQL {
  /// How a pair stands to its deadline, by the number that the statements have for it.
  static let states = [
    "out_of_scope", "unseen", "gone", "before", "no_deadline", "kept", "late", "open_late",
    "not_due",
  ]

  /// Tables that say how a pair stands to its deadline, and how many pairs stand how.
  ///
  /// The clock starts with the end of the first scan that saw the CVE on the host, and stops when
  /// the fix took effect as the records prove it. A scan that is clean where the live patcher
  /// hides packages proves nothing, and neither does an acceptance in the scanner.
  static let prepare = """
    CREATE TEMP TABLE patch_asset(asset INTEGER PRIMARY KEY, asset_id TEXT, counts INTEGER);
    INSERT INTO patch_asset SELECT n.id, n.asset_id, a.asset_id IS NOT NULL AND a.in_scope IS NOT 0
    FROM asset_number n LEFT JOIN asset a ON a.asset_id = n.asset_id;
    CREATE TEMP TABLE patch_limit(rank INTEGER PRIMARY KEY, seconds INTEGER);
    INSERT INTO patch_limit SELECT r.column1, CAST(p.value * 86400 AS INTEGER)
    FROM (VALUES (4, 'critical'), (3, 'high'), (2, 'medium'), (1, 'low')) r
    JOIN parameter p ON p.name = 'vuln_sla_days' AND p.key = r.column2;

    CREATE TEMP VIEW patch_pair AS
    SELECT *, CASE
        WHEN NOT counts THEN 0 WHEN NOT tools & 1 THEN 1 WHEN outcome = 'asset_retired' THEN 2
        WHEN proven_at < (SELECT start_at FROM period) THEN 3 WHEN deadline IS NULL THEN 4
        WHEN proven_at <= deadline THEN 5 WHEN proven_at IS NOT NULL THEN 6
        WHEN deadline < (SELECT at FROM as_of) THEN 7 ELSE 8 END AS state
    FROM (
      SELECT o.rowid AS pair, o.asset, a.asset_id, a.counts, o.cve, coalesce(o.severity, -1) AS rank, o.outcome, o.tools, o.first_seen, o.last_seen,
             o.scanner_fixed_at, o.patch_at, o.live_at, o.evidence, coalesce(o.place, 'L' || o.line) AS place, o.first_seen + l.seconds AS deadline,
             CASE WHEN o.fixed_at < (SELECT at FROM as_of) THEN o.fixed_at END AS proven_at
      FROM cve_outcome_row o JOIN patch_asset a ON a.asset = o.asset LEFT JOIN patch_limit l ON l.rank = o.severity);

    -- State, severity and whether it is closed are one number: two million pairs are sorted by it a third faster.
    CREATE TEMP TABLE patch_sum AS
    SELECT (state * 8 + rank + 1) * 2 + (proven_at IS NOT NULL) AS k, outcome, coalesce(proven_at, (SELECT at FROM as_of)) - first_seen AS gap, count(*) AS n
    FROM patch_pair GROUP BY 1, 2, 3;
    CREATE TEMP VIEW patch_count AS
    SELECT k / 16 AS state, k / 2 % 8 - 1 AS rank, k % 2 AS closed, outcome, gap, n FROM patch_sum;
    CREATE TEMP TABLE patch_late AS
    SELECT pair, state, rank, coalesce(proven_at, (SELECT at FROM as_of)) - deadline AS lateness FROM patch_pair WHERE state IN (6, 7);
    """

  /// What patch manager and live patcher say, to stand beside the scanner's view.
  static let prepareViews = """
    CREATE TEMP TABLE patch_said(asset INTEGER, cve INTEGER, applied_at INTEGER, awaits INTEGER, missing INTEGER, evidence INTEGER, place TEXT,
      PRIMARY KEY(asset, cve)) WITHOUT ROWID;
    INSERT INTO patch_said
    SELECT n.id, v.id, max(e.applied_at), max(coalesce(e.awaiting_reboot, 0) AND e.applied_at IS NOT NULL),
           max(e.applied_at IS NULL OR e.applied_at >= (SELECT at FROM as_of)), min(e.evidence), min(e.place)
    FROM patch_event e JOIN asset_number n USING (asset_id), json_each(e.cves) c JOIN cve_number v ON v.cve = c.value
    WHERE e.method IS NOT 'live' GROUP BY n.id, v.id;
    CREATE TEMP TABLE live_said(asset INTEGER PRIMARY KEY, state TEXT, up_to_date INTEGER, scanner_interface INTEGER, evidence INTEGER, place TEXT);
    INSERT INTO live_said SELECT n.id, state, up_to_date, scanner_interface, l.evidence, l.place FROM (
      SELECT *, row_number() OVER (PARTITION BY asset_id ORDER BY at DESC, evidence DESC) AS pick FROM live_patch WHERE at < (SELECT at FROM as_of)) l
    JOIN asset_number n USING (asset_id) WHERE pick = 1;
    """

  /// A pair with all that is said of it; add a source of pairs, a condition on `p` and an order.
  static let columns = """
    SELECT p.asset_id, c.cve, p.rank, p.outcome, p.state, p.first_seen, p.last_seen, p.deadline, p.proven_at, p.tools,
           p.scanner_fixed_at, p.evidence, p.place, s.asset AS said, s.applied_at, s.awaits, s.missing, p.patch_at,
           s.evidence AS patch_evidence, s.place AS patch_place, l.state AS live_state, l.up_to_date, l.scanner_interface, p.live_at,
           l.evidence AS live_evidence, l.place AS live_place
    """
  static let said = """
    CROSS JOIN cve_number c ON c.id = p.cve
    LEFT JOIN patch_said s ON s.asset = p.asset AND s.cve = p.cve LEFT JOIN live_said l ON l.asset = p.asset
    """

  /// `part`: severity, 9 for all. `closed`: fixed in the period, or open and aged to as_of.
  static let times = """
    WITH g AS (
      SELECT rank AS part, closed, gap, sum(n) AS n FROM patch_count
      WHERE state >= 4 AND rank <> 0 AND gap IS NOT NULL GROUP BY 1, 2, 3
      UNION ALL
      SELECT 9, closed, gap, sum(n) FROM patch_count
      WHERE state >= 4 AND rank <> 0 AND gap IS NOT NULL GROUP BY 2, 3
    ), r AS (
      SELECT *, sum(n) OVER (PARTITION BY part, closed ORDER BY gap) AS upto, sum(n) OVER (PARTITION BY part, closed) AS total FROM g
    )
    SELECT part, closed, total, sum(gap * n) * 1.0 / total AS mean,
           min(CASE WHEN upto * 100 >= total * 50 THEN gap END) AS p50, min(CASE WHEN upto * 100 >= total * 75 THEN gap END) AS p75,
           min(CASE WHEN upto * 100 >= total * 90 THEN gap END) AS p90, min(CASE WHEN upto * 100 >= total * 95 THEN gap END) AS p95,
           max(gap) AS longest, total(n * (gap <= :target * 86400)) AS within,
           total(n * (gap <= 7 * 86400)) AS r0, total(n * (gap > 7 * 86400 AND gap <= 14 * 86400)) AS r1,
           total(n * (gap > 14 * 86400 AND gap <= 30 * 86400)) AS r2, total(n * (gap > 30 * 86400 AND gap <= 60 * 86400)) AS r3,
           total(n * (gap > 60 * 86400 AND gap <= 90 * 86400)) AS r4, total(n * (gap > 90 * 86400)) AS r5
    FROM r GROUP BY part, closed ORDER BY part DESC, closed DESC
    """
}
