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

CREATE TEMP TABLE seen AS
SELECT a.asset, p.plugin, o.port, o.transport, v.t, v.next_t,
       max(o.severity) AS severity, max(o.accepted) AS accepted, min(o.evidence) AS evidence, min(o.line) AS line
FROM raw_observation o
CROSS JOIN host_asset a ON a.host = o.host
CROSS JOIN plugin_number p ON p.raw = o.plugin
CROSS JOIN next_proof v ON v.scan = o.scan AND v.asset = a.asset
WHERE o.severity <> 0
GROUP BY a.asset, p.plugin, o.port, o.transport, v.t;

-- One run of sightings may be interrupted: absent, then back within 30 days, is the same finding.
INSERT INTO finding_row(asset, plugin, port, transport, severity, accepted, first_seen, last_seen, fixed_at, reopen_intervals, interrupted_seconds, evidence, line)
WITH stepped AS (
  SELECT *, lead(t) OVER w AS next_seen,
         CASE WHEN next_t IS NOT NULL AND (lead(t) OVER w IS NULL OR next_t < lead(t) OVER w) THEN next_t END AS closed_at
  FROM seen WINDOW w AS (PARTITION BY asset, plugin, port, transport ORDER BY t)
), marked AS (
  SELECT *, CASE WHEN lag(closed_at) OVER w IS NOT NULL AND t - lag(closed_at) OVER w > 30 * 86400 THEN 1 ELSE 0 END AS starts
  FROM stepped WINDOW w AS (PARTITION BY asset, plugin, port, transport ORDER BY t)
), runs AS (
  SELECT *, sum(starts) OVER (PARTITION BY asset, plugin, port, transport ORDER BY t) AS run FROM marked
), ends AS (
  SELECT *, row_number() OVER (PARTITION BY asset, plugin, port, transport, run ORDER BY t) AS first,
         row_number() OVER (PARTITION BY asset, plugin, port, transport, run ORDER BY t DESC) AS last
  FROM runs
)
SELECT asset, plugin, port, transport,
       max(CASE WHEN first = 1 THEN severity END), max(accepted), min(t), max(t),
       max(CASE WHEN last = 1 THEN closed_at END),
       CASE WHEN sum(last > 1 AND closed_at IS NOT NULL) > 0
            THEN json_group_array(json_array(closed_at, next_seen)) FILTER (WHERE last > 1 AND closed_at IS NOT NULL) END,
       sum(CASE WHEN last > 1 AND closed_at IS NOT NULL THEN next_seen - closed_at END),
       max(CASE WHEN first = 1 THEN evidence END), max(CASE WHEN first = 1 THEN line END)
FROM ends GROUP BY asset, plugin, port, transport, run;

-- A host that was retired takes its findings with it; they are closed, not patched.
UPDATE finding_row SET fixed_at = (SELECT retired_at FROM asset WHERE asset_id = (SELECT asset_id FROM asset_number WHERE id = finding_row.asset)),
                       closed_by = 'asset_retired'
WHERE fixed_at IS NULL AND asset IN (SELECT n.id FROM asset_number n JOIN asset a USING (asset_id) WHERE a.retired_at IS NOT NULL AND a.retired_at < :cutoff);
UPDATE finding_row SET closed_by = 'scan' WHERE fixed_at IS NOT NULL AND closed_by IS NULL;

DROP TABLE seen;
DROP TABLE next_proof;
DROP TABLE visit;
DROP TABLE plugin_number;
DROP TABLE host_asset;
