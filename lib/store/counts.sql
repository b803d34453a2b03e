-- Counts are made once per database: no page counts answers again.
CREATE TABLE answered AS
    SELECT r.case_id, r.prompt_id, r.model_id, u.template, u.template = m.template AS own_template,
           count(*) AS responses, count(*) FILTER (r.text IS NULL) AS failed
    FROM responses r JOIN runs u ON u.id = r.run_id LEFT JOIN models m ON m.id = r.model_id
    GROUP BY ALL ORDER BY r.prompt_id;

CREATE TABLE scored AS
    SELECT prompt_id, scorer,
           count(DISTINCT (run_id, sample)) FILTER (value IS NOT NULL AND aspect IN ('helpful', 'harmless', 'honest')) AS responses
    FROM scores GROUP BY ALL ORDER BY prompt_id;

-- What the checks as they are now say of the answers.
CREATE TABLE verdicts AS
    SELECT r.case_id, c.prompt_id, r.model_id, c.run_id, c.sample, u.template = m.template AS own_template, c.check_key, c.says
    FROM checks_files c SEMI JOIN prompt_checks p USING (prompt_id, check_key, check_sha)
        JOIN responses r USING (run_id, prompt_id, prompt_sha, sample)
        JOIN runs u ON u.id = c.run_id LEFT JOIN models m ON m.id = r.model_id
    ORDER BY r.model_id, c.prompt_id, c.run_id, c.sample;

-- Their counts: a page that shows an answer decides its checks again, to mark the words.
CREATE TABLE checked AS
    SELECT case_id, prompt_id, model_id, own_template, check_key,
           count(*) FILTER (says) AS yes, count(*) FILTER (NOT says) AS no, count(*) FILTER (says IS NULL) AS unknown
    FROM verdicts GROUP BY ALL ORDER BY case_id;

-- But what a larger model judged no page can decide again.
CREATE TABLE judged AS
    SELECT c.prompt_id, c.run_id, c.sample, c.check_key, c.says, c.reason
    FROM checks_files c SEMI JOIN (SELECT * FROM prompt_checks WHERE judged) p USING (prompt_id, check_key, check_sha)
        SEMI JOIN responses r USING (run_id, prompt_id, prompt_sha, sample)
    ORDER BY c.prompt_id, c.run_id, c.sample, c.check_key;

CREATE TABLE case_counts AS
    SELECT c.id,
           (SELECT count(*) FROM prompts p WHERE p.case_id = c.id) AS prompts,
           (SELECT coalesce(sum(a.responses), 0)::BIGINT FROM answered a WHERE a.case_id = c.id) AS responses,
           (SELECT count(DISTINCT a.model_id) FROM answered a WHERE a.case_id = c.id) AS models
    FROM cases c;

CREATE TABLE library_counts AS
    SELECT (SELECT count(*) FROM cases) AS cases, (SELECT count(*) FROM prompts) AS prompts,
           coalesce(sum(responses), 0)::BIGINT AS responses, coalesce(sum(failed), 0)::BIGINT AS failed,
           count(DISTINCT model_id) AS models, (SELECT count(*) FROM loglik) AS reply_logliks,
           (SELECT coalesce(sum(yes + no), 0)::BIGINT FROM checked) AS decided
    FROM answered;
