-- From what the collectors read (raw_...) to the records that the controls are tested on.
-- :cutoff is as_of: a scan that ended later cannot have proven anything before it.

-- ---------------------------------------------------------------- host identity
-- Every identifier of every asset of the inventory, strongest kind first.
-- The columns are declared as text, or joins could not use an index.
CREATE TEMP TABLE asset_name(asset_id TEXT, rank INTEGER, kind TEXT, name TEXT);
INSERT INTO asset_name SELECT DISTINCT * FROM (
  SELECT asset_id, 1 AS rank, 'asset_id' AS kind, lower(asset_id) AS name FROM asset
  UNION ALL SELECT asset_id, 2, 'alias', lower(name) FROM host_alias
  UNION ALL SELECT asset_id, 3, 'agent_id', lower(agent_id) FROM asset WHERE agent_id <> ''
  UNION ALL SELECT asset_id, 4, 'cloud_id', lower(cloud_id) FROM asset WHERE cloud_id <> ''
  UNION ALL SELECT asset_id, 5, 'fqdn', lower(hostname) FROM asset WHERE hostname LIKE '%.%'
  UNION ALL SELECT asset_id, 6, 'hostname',
    lower(CASE WHEN hostname LIKE '%.%' THEN substr(hostname, 1, instr(hostname, '.') - 1) ELSE hostname END)
    FROM asset WHERE hostname <> '' AND hostname NOT GLOB '[0-9]*.[0-9]*.[0-9]*.[0-9]*'
  UNION ALL SELECT asset_id, 7, 'mac', lower(m.value) FROM asset, json_each(macs) m
  UNION ALL SELECT asset_id, 8, 'address', lower(a.value) FROM asset, json_each(addresses) a
);
CREATE INDEX temp.asset_name_name ON asset_name(name, rank);

-- Every name under which a tool knows a machine.
CREATE TEMP TABLE sighting_name(source TEXT, ref TEXT, kind TEXT, name TEXT);
INSERT INTO sighting_name SELECT DISTINCT * FROM (
  SELECT source, ref, NULL AS kind, lower(ref) AS name FROM host_ref
  UNION ALL SELECT e.source, s.ref, 'agent_id', lower(s.agent_id) FROM raw_host_sighting s JOIN evidence_item e USING (evidence) WHERE s.agent_id <> ''
  UNION ALL SELECT e.source, s.ref, 'cloud_id', lower(s.cloud_id) FROM raw_host_sighting s JOIN evidence_item e USING (evidence) WHERE s.cloud_id <> ''
  UNION ALL SELECT e.source, s.ref, 'fqdn', lower(s.fqdn) FROM raw_host_sighting s JOIN evidence_item e USING (evidence) WHERE s.fqdn <> ''
  UNION ALL SELECT e.source, s.ref, NULL, lower(s.hostname) FROM raw_host_sighting s JOIN evidence_item e USING (evidence) WHERE s.hostname <> ''
  UNION ALL SELECT e.source, s.ref, 'hostname', lower(substr(s.fqdn, 1, instr(s.fqdn, '.') - 1)) FROM raw_host_sighting s JOIN evidence_item e USING (evidence) WHERE s.fqdn LIKE '%.%'
  UNION ALL SELECT e.source, s.ref, 'mac', lower(m.value) FROM raw_host_sighting s JOIN evidence_item e USING (evidence), json_each(s.macs) m
  UNION ALL SELECT e.source, s.ref, 'address', lower(a.value) FROM raw_host_sighting s JOIN evidence_item e USING (evidence), json_each(s.addresses) a
);

CREATE TEMP TABLE identity_match(source TEXT, ref TEXT, kind TEXT, assets INTEGER, asset_id TEXT, candidates TEXT, PRIMARY KEY(source, ref));
INSERT INTO identity_match
SELECT source, ref, kind, assets, asset_id, candidates FROM (
  SELECT *, row_number() OVER (PARTITION BY source, ref ORDER BY assets > 1, rank) AS pick FROM (
    SELECT s.source, s.ref, n.rank, n.kind, count(DISTINCT n.asset_id) AS assets, min(n.asset_id) AS asset_id,
           group_concat(DISTINCT n.asset_id) AS candidates
    FROM sighting_name s JOIN asset_name n ON n.name = s.name AND (s.kind IS NULL OR s.kind = n.kind OR n.kind = 'alias')
    GROUP BY s.source, s.ref, n.rank, n.kind))
WHERE pick = 1;

-- Which asset a tool's name means: by the strongest kind of identifier that names exactly one.
INSERT INTO host_identity(source, ref, asset_id, matched_by, candidates)
SELECT r.source, r.ref,
       CASE WHEN b.assets = 1 THEN b.asset_id END,
       CASE WHEN b.assets = 1 THEN b.kind WHEN b.assets > 1 THEN 'conflict' END,
       b.candidates
FROM host_ref r LEFT JOIN identity_match b ON b.source = r.source AND b.ref = r.ref;

DROP TABLE identity_match;
DROP TABLE asset_name;
DROP TABLE sighting_name;
