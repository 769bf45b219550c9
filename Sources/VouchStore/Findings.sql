-- ---------------------------------------------------------------- findings
-- A finding lives from the end of the first scan that saw it to the end of the first later scan,
-- under the same policy and with credentials, that reached the host and did not see it. A scan
-- without credentials, aborted, or not run to the host's end proves nothing fixed (kpis.md, K6).

INSERT INTO asset_number(asset_id)
SELECT DISTINCT coalesce(i.asset_id, lower(h.ref)) FROM raw_host h
JOIN evidence_item e USING (evidence) LEFT JOIN host_identity i ON i.source = e.source AND i.ref = h.ref
ORDER BY 1;

CREATE TEMP TABLE host_asset AS
SELECT h.id AS host, n.id AS asset FROM raw_host h
JOIN evidence_item e USING (evidence) LEFT JOIN host_identity i ON i.source = e.source AND i.ref = h.ref
JOIN asset_number n ON n.asset_id = coalesce(i.asset_id, lower(h.ref));
CREATE UNIQUE INDEX temp.host_asset_host ON host_asset(host);

-- Of a test that several exports describe, the newest description.
INSERT INTO plugin(id, tool, plugin_id, name, family, app, cves, score, fix_available_at, fixed_version, kev)
SELECT row_number() OVER (ORDER BY tool, plugin_id), tool, plugin_id, name, family, app, cves, score, fix_available_at, fixed_version, kev
FROM (SELECT *, row_number() OVER (PARTITION BY tool, plugin_id ORDER BY evidence DESC, id DESC) AS pick FROM raw_plugin)
WHERE pick = 1;
CREATE TEMP TABLE plugin_number AS
SELECT r.id AS raw, p.id AS plugin FROM raw_plugin r JOIN plugin p ON p.tool = r.tool AND p.plugin_id = r.plugin_id;
CREATE UNIQUE INDEX temp.plugin_number_raw ON plugin_number(raw);

-- When each scan spoke about each host, and when the next scan that can prove a fix ended.
CREATE TEMP TABLE visit AS
SELECT rs.id AS scan, n.id AS asset, s.tool, s.policy,
       coalesce(h.ended_at, h.started_at, s.ended_at, s.started_at, e.effective_at) AS t,
       h.credentialed = 1 AND h.ended_at IS NOT NULL AND s.status = 'completed' AS proves
FROM raw_scan_number rs JOIN evidence_item e USING (evidence)
JOIN scan s ON s.scan_id = rs.scan_id
JOIN scan_host h ON h.scan_id = s.scan_id
JOIN asset_number n ON n.asset_id = h.asset_id
WHERE coalesce(h.ended_at, h.started_at, s.ended_at, s.started_at, e.effective_at) < :cutoff;
CREATE INDEX temp.visit_proves ON visit(asset, tool, policy, proves, t);
CREATE TEMP TABLE next_proof AS
SELECT v.scan, v.asset, v.t,
       (SELECT min(c.t) FROM visit c WHERE c.asset = v.asset AND c.tool = v.tool AND c.policy IS v.policy AND c.proves AND c.t > v.t) AS next_t
FROM visit v;
CREATE INDEX temp.next_proof_scan ON next_proof(scan, asset);

CREATE TEMP TABLE seen(asset INTEGER, plugin INTEGER, port INTEGER, transport INTEGER, t INTEGER, next_t INTEGER,
  severity INTEGER, accepted INTEGER, evidence INTEGER, line INTEGER, PRIMARY KEY(asset, plugin, port, transport, t)) WITHOUT ROWID;
INSERT INTO seen
SELECT a.asset, p.plugin, o.port, o.transport, v.t, max(v.next_t),
       max(o.severity), max(o.accepted), min(o.evidence), min(o.line)
FROM raw_observation o
CROSS JOIN host_asset a ON a.host = o.host
CROSS JOIN plugin_number p ON p.raw = o.plugin
CROSS JOIN next_proof v ON v.scan = o.scan AND v.asset = a.asset
WHERE o.severity <> 0
GROUP BY a.asset, p.plugin, o.port, o.transport, v.t;

-- A sighting is closed by the next scan that can prove a fix, if that comes before the next
-- sighting. Absent, then back within 30 days, is the same finding, interrupted; later, a new one.
CREATE TEMP TABLE step(asset INTEGER, plugin INTEGER, port INTEGER, transport INTEGER, t INTEGER,
  severity INTEGER, accepted INTEGER, evidence INTEGER, line INTEGER, next_seen INTEGER, closed_at INTEGER, starts INTEGER, ends INTEGER,
  PRIMARY KEY(asset, plugin, port, transport, t)) WITHOUT ROWID;
INSERT INTO step
SELECT asset, plugin, port, transport, t, severity, accepted, evidence, line, later,
       CASE WHEN next_t IS NOT NULL AND (later IS NULL OR next_t < later) THEN next_t END,
       earlier IS NULL OR coalesce(earlier_next_t < t AND t - earlier_next_t > 30 * 86400, 0),
       later IS NULL OR coalesce(next_t < later AND later - next_t > 30 * 86400, 0)
FROM (
  SELECT *, lead(t) OVER same AS later, lag(t) OVER same AS earlier, lag(next_t) OVER same AS earlier_next_t
  FROM seen WINDOW same AS (PARTITION BY asset, plugin, port, transport ORDER BY t));

-- Nearly all findings have one run of sightings; only the others need their runs told apart.
CREATE TEMP TABLE returned AS
SELECT asset, plugin, port, transport FROM step WHERE starts GROUP BY asset, plugin, port, transport HAVING count(*) > 1;
CREATE INDEX temp.returned_key ON returned(asset, plugin, port, transport);

INSERT INTO finding_row(asset, plugin, port, transport, severity, accepted, first_seen, last_seen, fixed_at, reopen_intervals, interrupted_seconds, evidence, line)
SELECT asset, plugin, port, transport,
       max(CASE WHEN starts THEN severity END), max(accepted), min(t), max(t), max(CASE WHEN ends THEN closed_at END),
       CASE WHEN sum(NOT ends AND closed_at IS NOT NULL) > 0
            THEN json_group_array(json_array(closed_at, next_seen)) FILTER (WHERE NOT ends AND closed_at IS NOT NULL) END,
       sum(CASE WHEN NOT ends AND closed_at IS NOT NULL THEN next_seen - closed_at END),
       max(CASE WHEN starts THEN evidence END), max(CASE WHEN starts THEN line END)
FROM (
  SELECT *, 0 AS run FROM step s WHERE NOT EXISTS (
    SELECT 1 FROM returned r WHERE r.asset = s.asset AND r.plugin = s.plugin AND r.port = s.port AND r.transport = s.transport))
GROUP BY asset, plugin, port, transport;

INSERT INTO finding_row(asset, plugin, port, transport, severity, accepted, first_seen, last_seen, fixed_at, reopen_intervals, interrupted_seconds, evidence, line)
SELECT asset, plugin, port, transport,
       max(CASE WHEN starts THEN severity END), max(accepted), min(t), max(t), max(CASE WHEN ends THEN closed_at END),
       CASE WHEN sum(NOT ends AND closed_at IS NOT NULL) > 0
            THEN json_group_array(json_array(closed_at, next_seen)) FILTER (WHERE NOT ends AND closed_at IS NOT NULL) END,
       sum(CASE WHEN NOT ends AND closed_at IS NOT NULL THEN next_seen - closed_at END),
       max(CASE WHEN starts THEN evidence END), max(CASE WHEN starts THEN line END)
FROM (
  SELECT s.*, sum(starts) OVER (PARTITION BY s.asset, s.plugin, s.port, s.transport ORDER BY t) AS run
  FROM returned r JOIN step s ON s.asset = r.asset AND s.plugin = r.plugin AND s.port = r.port AND s.transport = r.transport)
GROUP BY asset, plugin, port, transport, run;

-- A host that was retired takes its findings with it; they are closed, not patched.
UPDATE finding_row SET fixed_at = (SELECT retired_at FROM asset WHERE asset_id = (SELECT asset_id FROM asset_number WHERE id = finding_row.asset)),
                       closed_by = 'asset_retired'
WHERE fixed_at IS NULL AND asset IN (SELECT n.id FROM asset_number n JOIN asset a USING (asset_id) WHERE a.retired_at IS NOT NULL AND a.retired_at < :cutoff);
UPDATE finding_row SET closed_by = 'scan', scanner_fixed_at = fixed_at WHERE fixed_at IS NOT NULL AND closed_by IS NULL;

-- The same of findings that a tool lists with its own dates.
UPDATE finding_flat SET closed_by = 'scan' WHERE fixed_at IS NOT NULL AND closed_by IS NULL;
UPDATE finding_flat SET scanner_fixed_at = fixed_at WHERE closed_by = 'scan' AND scanner_fixed_at IS NULL;
UPDATE finding_flat SET fixed_at = (SELECT retired_at FROM asset WHERE asset_id = finding_flat.asset_id), closed_by = 'asset_retired'
WHERE fixed_at IS NULL AND asset_id IN (SELECT asset_id FROM asset WHERE retired_at IS NOT NULL AND retired_at < :cutoff);

DROP TABLE seen;
DROP TABLE step;
DROP TABLE returned;
DROP TABLE next_proof;
DROP TABLE visit;
DROP TABLE plugin_number;
DROP TABLE host_asset;
