-- ---------------------------------------------------------------- changes
-- The history of a release branch is the population of changes: a row whose change_id is its own
-- merge_sha is a commit there. A request of the hosting service that became the commit has the
-- same merge_sha, says who approved it, and takes the commit's place.

CREATE TEMP TABLE request AS
SELECT repo, change_id, merge_sha, merged_at, evidence, author_id, approvals, head_sha, emergency, reviewed_after_at FROM change
WHERE merged_at IS NOT NULL AND merge_sha IS NOT NULL AND change_id <> merge_sha;
CREATE INDEX temp.request_sha ON request(repo, merge_sha);
CREATE INDEX temp.request_id ON request(repo, change_id);

-- What only the commit says: who else wrote it, and the tickets its message names.
UPDATE change SET
  co_author_ids = coalesce(co_author_ids, (SELECT c.co_author_ids FROM change c WHERE c.repo = change.repo AND c.change_id = change.merge_sha)),
  ticket_ids = CASE WHEN json_array_length(ticket_ids) > 0 THEN ticket_ids
    ELSE coalesce((SELECT c.ticket_ids FROM change c WHERE c.repo = change.repo AND c.change_id = change.merge_sha), ticket_ids) END
WHERE merge_sha IS NOT NULL AND change_id <> merge_sha;

DELETE FROM change WHERE change_id = merge_sha
  AND EXISTS (SELECT 1 FROM request r WHERE r.repo = change.repo AND r.merge_sha = change.merge_sha);

-- Of a request that was rebased every commit stays in the history and names the request; what was
-- said of the request holds for each that came with it. A later push that names an old request in
-- its message is no part of it.
UPDATE change SET (via_review, author_id, approvals, head_sha, emergency, reviewed_after_at) = (
  SELECT 1, coalesce(r.author_id, change.author_id), r.approvals, r.head_sha, r.emergency, r.reviewed_after_at
  FROM request r WHERE r.repo = change.repo AND r.change_id = change.request_id)
WHERE change_id = merge_sha AND via_review IS NULL
  AND EXISTS (SELECT 1 FROM request r WHERE r.repo = change.repo AND r.change_id = change.request_id
    AND abs(r.merged_at - change.merged_at) <= 300);

-- A commit that none of the repository's requests became was pushed directly. That is known only
-- between the oldest request that was listed and the day of a complete list; elsewhere via_review
-- stays NULL.
UPDATE change SET via_review = 0, approvals = coalesce(approvals, '[]')
WHERE change_id = merge_sha AND via_review IS NULL AND EXISTS (
  SELECT 1 FROM (
    SELECT r.repo, min(r.merged_at) AS oldest, max(e.effective_at) AS listed_at
    FROM request r JOIN evidence_item e ON e.evidence = r.evidence WHERE e.complete GROUP BY r.repo) l
  WHERE l.repo = change.repo AND change.merged_at >= l.oldest AND change.merged_at <= l.listed_at);
DROP TABLE request;

-- The first deployment of the change's own commit to production.
UPDATE change SET (deployed_at, deployer_id) = (
  SELECT d.deployed_at, d.deployer_id FROM deployment d
  WHERE d.sha = change.merge_sha AND d.environment = 'production' AND d.deployed_at IS NOT NULL
  ORDER BY d.deployed_at, d.deployment_id LIMIT 1)
WHERE deployed_at IS NULL AND merge_sha IN (SELECT sha FROM deployment WHERE environment = 'production');
