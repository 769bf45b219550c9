-- ---------------------------------------------------------------- scanner, patch manager, live patcher
-- What each of the three says of a CVE on a host, and what follows from it. A finding keeps the
-- scanner's own view (scanner_fixed_at) beside the time of the fix that the records prove.

INSERT OR IGNORE INTO asset_number(asset_id)
SELECT asset_id FROM patch_event WHERE asset_id IS NOT NULL UNION SELECT asset_id FROM live_patch WHERE asset_id IS NOT NULL
UNION SELECT asset_id FROM finding_flat WHERE asset_id IS NOT NULL ORDER BY 1;

-- A CVE is its number from here on: two million of them are sorted as numbers in a tenth of the time.
INSERT INTO cve_number(cve)
SELECT c.value FROM plugin p, json_each(p.cves) c
UNION SELECT c.value FROM finding_flat f, json_each(f.cves) c
UNION SELECT c.value FROM patch_event e, json_each(e.cves) c WHERE e.method IS NOT 'live' ORDER BY 1;
CREATE TEMP TABLE plugin_cve AS SELECT DISTINCT p.id AS plugin, n.id AS cve FROM plugin p, json_each(p.cves) c JOIN cve_number n ON n.cve = c.value;
CREATE INDEX temp.plugin_cve_cve ON plugin_cve(cve, plugin);
CREATE INDEX temp.plugin_cve_plugin ON plugin_cve(plugin, cve);
CREATE INDEX finding_row_asset ON finding_row(asset, plugin);
-- Findings that a tool lists with its own dates, one row for each CVE.
CREATE TEMP TABLE flat_cve AS
SELECT DISTINCT f.rowid AS flat, a.id AS asset, n.id AS cve
FROM finding_flat f JOIN asset_number a USING (asset_id), json_each(f.cves) c JOIN cve_number n ON n.cve = c.value;
CREATE INDEX temp.flat_cve_key ON flat_cve(asset, cve);
CREATE INDEX temp.flat_cve_flat ON flat_cve(flat);

-- The newest word of the live patcher about each host, and the CVEs its loaded patch set fixes.
CREATE TEMP TABLE live_now AS
SELECT n.id AS asset, state, up_to_date, scanner_interface, cves, l.at, evidence, place FROM (
  SELECT *, row_number() OVER (PARTITION BY asset_id ORDER BY at DESC, evidence DESC) AS pick FROM live_patch WHERE at < :cutoff) l
JOIN asset_number n USING (asset_id) WHERE pick = 1;
CREATE UNIQUE INDEX temp.live_now_asset ON live_now(asset);
-- A fix counts from the first record that shows it, and only while the newest one still does.
CREATE TEMP TABLE live_seen(asset INTEGER, cve INTEGER, at INTEGER, PRIMARY KEY(asset, cve)) WITHOUT ROWID;
INSERT INTO live_seen
SELECT n.id, v.id, min(coalesce(min(l.patched_at, l.at), l.at))
FROM live_patch l JOIN asset_number n USING (asset_id), json_each(l.cves) k JOIN cve_number v ON v.cve = k.value
WHERE l.state = 'applied' AND l.at < :cutoff GROUP BY n.id, v.id;
CREATE TEMP TABLE live_fix AS
SELECT now.asset, s.cve, now.evidence, now.place, s.at
FROM live_now now, json_each(now.cves) c JOIN cve_number n ON n.cve = c.value
JOIN live_seen s ON s.asset = now.asset AND s.cve = n.id WHERE now.state = 'applied';
CREATE INDEX temp.live_fix_key ON live_fix(asset, cve);

-- A package takes effect with its restart, if it needs one.
CREATE TEMP TABLE patch_fix AS
SELECT n.id AS asset, v.id AS cve, min(CASE WHEN NOT coalesce(e.awaiting_reboot, 0) THEN coalesce(e.reboot_at, e.applied_at) END) AS at,
       max(coalesce(e.awaiting_reboot, 0) AND e.applied_at IS NOT NULL) AS awaits, min(e.evidence) AS evidence, min(e.place) AS place,
       max(e.applied_at IS NULL OR e.applied_at >= :cutoff) AS is_missing, min(e.released_at) AS released_at
FROM patch_event e JOIN asset_number n USING (asset_id), json_each(e.cves) c JOIN cve_number v ON v.cve = c.value
WHERE e.method IS NOT 'live' GROUP BY n.id, v.id;
CREATE INDEX temp.patch_fix_key ON patch_fix(asset, cve);

-- The patch record tells the time when the next scan that can prove a fix confirms it (K6, VG-4).
CREATE TEMP TABLE patched AS
SELECT f.id, max(x.at) AS at FROM patch_fix x
CROSS JOIN plugin_cve pc ON pc.cve = x.cve
CROSS JOIN finding_row f ON f.asset = x.asset AND f.plugin = pc.plugin
WHERE x.at > f.last_seen AND x.at <= f.fixed_at AND f.closed_by = 'scan'
GROUP BY f.id HAVING count(*) = (SELECT count(*) FROM plugin_cve p WHERE p.plugin = f.plugin);
UPDATE finding_row SET fixed_at = (SELECT at FROM patched p WHERE p.id = finding_row.id), closed_by = 'patch' WHERE id IN (SELECT id FROM patched);

UPDATE finding_flat SET fixed_at = p.at, closed_by = 'patch' FROM (
  SELECT c.flat, max(x.at) AS at FROM flat_cve c JOIN finding_flat f ON f.rowid = c.flat JOIN patch_fix x ON x.asset = c.asset AND x.cve = c.cve
  WHERE x.at > f.last_seen AND x.at <= f.fixed_at AND f.closed_by = 'scan'
  GROUP BY c.flat HAVING count(*) = (SELECT count(*) FROM flat_cve a WHERE a.flat = c.flat)) p
WHERE finding_flat.rowid = p.flat;

-- Live patches need no scan: uname -r does not change, so the scanner goes on reporting. Every
-- CVE of the item has to be in the list.
CREATE TEMP TABLE live_patched AS
SELECT f.id, max(x.at, f.first_seen) AS at FROM (
  SELECT f.id, max(x.at) AS at FROM live_fix x
  CROSS JOIN plugin_cve pc ON pc.cve = x.cve
  CROSS JOIN finding_row f ON f.asset = x.asset AND f.plugin = pc.plugin
  GROUP BY f.id HAVING count(*) = (SELECT count(*) FROM plugin_cve p WHERE p.plugin = f.plugin)) x
JOIN finding_row f ON f.id = x.id
WHERE f.fixed_at IS NULL OR f.fixed_at > max(x.at, f.first_seen);
UPDATE finding_row SET fixed_at = (SELECT at FROM live_patched p WHERE p.id = finding_row.id), closed_by = 'live_patch' WHERE id IN (SELECT id FROM live_patched);

UPDATE finding_flat SET fixed_at = max(p.at, coalesce(first_seen, p.at)), closed_by = 'live_patch' FROM (
  SELECT c.flat, max(x.at) AS at FROM flat_cve c JOIN live_fix x ON x.asset = c.asset AND x.cve = c.cve
  GROUP BY c.flat HAVING count(*) = (SELECT count(*) FROM flat_cve a WHERE a.flat = c.flat)) p
WHERE finding_flat.rowid = p.flat AND (fixed_at IS NULL OR fixed_at > max(p.at, coalesce(first_seen, p.at)));

-- Where the live patcher hides packages from scanners, a clean scan proves nothing: only a finding
-- all of whose CVEs the other two records prove is fixed, and not before they do. Findings without
-- a CVE are about settings, which it does not hide.
CREATE TEMP TABLE unscannable AS
SELECT f.id, NULL AS flat, count(coalesce(x.at, l.at)) = count(*) AS proven, count(l.at) = count(*) AS live,
       max(min(coalesce(x.at, l.at), coalesce(l.at, x.at))) AS at
FROM live_now now CROSS JOIN finding_row f ON f.asset = now.asset CROSS JOIN plugin_cve pc ON pc.plugin = f.plugin
LEFT JOIN patch_fix x ON x.asset = f.asset AND x.cve = pc.cve LEFT JOIN live_fix l ON l.asset = f.asset AND l.cve = pc.cve
WHERE now.scanner_interface AND f.closed_by = 'scan' GROUP BY f.id
UNION ALL
SELECT NULL, c.flat, count(coalesce(x.at, l.at)) = count(*), count(l.at) = count(*), max(min(coalesce(x.at, l.at), coalesce(l.at, x.at)))
FROM live_now now CROSS JOIN flat_cve c ON c.asset = now.asset CROSS JOIN finding_flat f ON f.rowid = c.flat
LEFT JOIN patch_fix x ON x.asset = c.asset AND x.cve = c.cve LEFT JOIN live_fix l ON l.asset = c.asset AND l.cve = c.cve
WHERE now.scanner_interface AND f.closed_by = 'scan' GROUP BY c.flat;
UPDATE finding_row SET fixed_at = u.at, closed_by = CASE WHEN u.live THEN 'live_patch' ELSE 'patch' END
FROM unscannable u WHERE u.id = finding_row.id AND u.proven AND u.at > fixed_at;
UPDATE finding_flat SET fixed_at = u.at, closed_by = CASE WHEN u.live THEN 'live_patch' ELSE 'patch' END
FROM unscannable u WHERE u.flat = finding_flat.rowid AND u.proven AND u.at > fixed_at;

-- Host x CVE: the worst of what is said wins, and everything that is said is kept. Origins are one
-- number: evidence and line, or above 2^62 the row of a finding with its own dates.
INSERT INTO cve_outcome_row(asset, cve, severity, first_seen, last_seen, fixed_at, scanner_fixed_at, patch_at, live_at, outcome, tools, findings, evidence, line)
SELECT s.asset, s.cve, s.severity, s.first_seen, s.last_seen, CASE WHEN s.open = 0 THEN s.fixed_at END,
       CASE WHEN s.scanner_open = 0 THEN s.scanner_fixed_at END, x.at, l.at,
       CASE
         WHEN s.open > 0 AND s.accepted THEN 'accepted_in_scanner'
         WHEN s.open > 0 AND coalesce(x.awaits, 0) THEN 'awaiting_reboot'
         WHEN s.open > 0 AND s.reopened THEN 'reopened'
         WHEN s.open > 0 THEN 'open'
         WHEN s.retired = s.findings THEN 'asset_retired'
         WHEN l.at IS NOT NULL THEN 'live_patched'
         WHEN x.at IS NOT NULL THEN 'patched'
         WHEN now.scanner_interface THEN 'clean_unproven'
         ELSE 'fixed_by_scan_only' END,
       1 + 2 * (x.asset IS NOT NULL) + 4 * (l.asset IS NOT NULL), s.findings,
       CASE WHEN s.origin < 1 << 62 THEN s.origin >> 32 END, CASE WHEN s.origin < 1 << 62 THEN s.origin & 4294967295 ELSE s.origin END
FROM (
  -- In the order of finding_row's index only the CVEs of one host are sorted at a time.
  SELECT f.asset, pc.cve, max(f.severity) AS severity, min(f.first_seen) AS first_seen, max(f.last_seen) AS last_seen,
         sum(f.fixed_at IS NULL) AS open, max(f.fixed_at) AS fixed_at,
         sum(f.scanner_fixed_at IS NULL) AS scanner_open, max(f.scanner_fixed_at) AS scanner_fixed_at,
         max(f.accepted AND f.fixed_at IS NULL) AS accepted, max(f.reopen_intervals IS NOT NULL AND f.fixed_at IS NULL) AS reopened,
         sum(f.closed_by = 'asset_retired') AS retired, count(*) AS findings, min((f.evidence << 32) | f.line) AS origin
  FROM finding_row f CROSS JOIN plugin_cve pc ON pc.plugin = f.plugin
  WHERE f.asset NOT IN (SELECT asset FROM flat_cve)
  GROUP BY f.asset, pc.cve
  UNION ALL
  SELECT asset, cve, max(severity), min(first_seen), max(last_seen), sum(fixed_at IS NULL), max(fixed_at),
         sum(scanner_fixed_at IS NULL), max(scanner_fixed_at), max(accepted AND fixed_at IS NULL), max(reopened AND fixed_at IS NULL),
         sum(retired), count(*), min(origin)
  FROM (
    SELECT f.asset, pc.cve, f.severity, f.first_seen, f.last_seen, f.fixed_at, f.scanner_fixed_at, f.accepted,
           f.reopen_intervals IS NOT NULL AS reopened, f.closed_by IS 'asset_retired' AS retired, (f.evidence << 32) | f.line AS origin
    FROM finding_row f CROSS JOIN plugin_cve pc ON pc.plugin = f.plugin WHERE f.asset IN (SELECT asset FROM flat_cve)
    UNION ALL
    SELECT c.asset, c.cve, coalesce(f.severity_rank, -1), f.first_seen, f.last_seen, CASE WHEN f.fixed_at < :cutoff THEN f.fixed_at END,
           CASE WHEN f.scanner_fixed_at < :cutoff THEN f.scanner_fixed_at END, coalesce(f.accepted_in_scanner, 0),
           f.reopen_intervals IS NOT NULL, f.closed_by IS 'asset_retired', (1 << 62) | c.flat
    FROM flat_cve c CROSS JOIN finding_flat f ON f.rowid = c.flat WHERE coalesce(f.first_seen, 0) < :cutoff)
  GROUP BY asset, cve) s
LEFT JOIN patch_fix x ON x.asset = s.asset AND x.cve = s.cve
LEFT JOIN live_fix l ON l.asset = s.asset AND l.cve = s.cve
LEFT JOIN live_now now ON now.asset = s.asset;
UPDATE cve_outcome_row SET (evidence, place, line) = (
  SELECT f.evidence, f.place, NULL FROM finding_flat f WHERE f.rowid = cve_outcome_row.line & ((1 << 62) - 1))
WHERE line >= 1 << 62;
UPDATE cve_outcome_row SET fixed_at = NULL WHERE outcome = 'clean_unproven';
UPDATE finding_row SET fixed_at = NULL, closed_by = NULL WHERE id IN (SELECT id FROM unscannable WHERE NOT proven);
UPDATE finding_flat SET fixed_at = NULL, closed_by = NULL WHERE rowid IN (SELECT flat FROM unscannable WHERE NOT proven);

-- What only the patch manager knows of: missing there, never seen by the scanner.
INSERT INTO cve_outcome_row(asset, cve, severity, first_seen, outcome, tools, findings, evidence, patch_at, live_at)
SELECT x.asset, x.cve, NULL, x.released_at,
       CASE WHEN l.at IS NOT NULL THEN 'live_patched' WHEN x.awaits THEN 'awaiting_reboot' ELSE 'missing_in_patch_manager_only' END,
       2 + 4 * (l.asset IS NOT NULL), 0, x.evidence, x.at, l.at
FROM patch_fix x LEFT JOIN live_fix l ON l.asset = x.asset AND l.cve = x.cve
WHERE (x.is_missing OR x.awaits) AND NOT EXISTS (SELECT 1 FROM cve_outcome_row o WHERE o.asset = x.asset AND o.cve = x.cve);

DROP INDEX finding_row_asset;
DROP TABLE plugin_cve;
DROP TABLE flat_cve;
DROP TABLE unscannable;
DROP TABLE live_now;
DROP TABLE live_fix;
DROP TABLE live_seen;
DROP TABLE patch_fix;
DROP TABLE patched;
DROP TABLE live_patched;
