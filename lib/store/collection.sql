-- What a collection has beyond a library: its prompts in the order of the files, foreign scores and preferences.
CREATE TABLE asked AS
    SELECT prompt_id, number, label, tags AS tags_json, tags::JSON::MAP(VARCHAR, VARCHAR) AS tags
    FROM prompts_files ORDER BY number;

CREATE TABLE marks AS
    SELECT m.*, r.model_id FROM marks_files m JOIN responses r USING (run_id, prompt_id, prompt_sha, sample)
    ORDER BY m.prompt_id, m.scorer, m.run_id, m.sample, m.number;

CREATE TABLE preferences AS
    SELECT p.*, a.model_id AS model_a, b.model_id AS model_b
    FROM preferences_files p JOIN runs a ON a.id = p.run_a JOIN runs b ON b.id = p.run_b
    ORDER BY p.prompt_id, p.number;

CREATE TABLE tag_values AS
    SELECT entry.key AS name, entry.value AS value, count(*) AS prompts
    FROM (SELECT unnest(map_entries(tags)) AS entry FROM asked)
    GROUP BY ALL ORDER BY name, prompts DESC;

CREATE TABLE model_counts AS
    SELECT model_id, count(*) AS answers, count(DISTINCT prompt_id) AS prompts,
           count(*) FILTER (text IS NULL) AS failed, count(*) FILTER (trim(text) = '') AS empty,
           avg(length(text)) AS mean_chars
    FROM responses GROUP BY model_id ORDER BY model_id;

CREATE TABLE mark_counts AS
    SELECT scorer, model_id, count(*) AS scores, count(value) AS numbers, avg(value) AS mean,
           count(*) FILTER (value IS NULL AND label IS NULL) AS missing
    FROM marks GROUP BY ALL ORDER BY scorer, model_id;

CREATE TABLE label_counts AS
    SELECT scorer, model_id, label, count(*) AS scores FROM marks WHERE label IS NOT NULL
    GROUP BY ALL ORDER BY scorer, model_id, scores DESC;

CREATE TABLE preference_counts AS
    SELECT rater, model_a, model_b, count(*) AS pairs, count(DISTINCT prompt_id) AS prompts,
           count(*) FILTER (better = 'a') AS a, count(*) FILTER (better = 'b') AS b,
           count(*) FILTER (better = 'tie') AS ties, count(*) FILTER (better IS NULL) AS failed
    FROM preferences GROUP BY ALL ORDER BY pairs DESC, rater, model_a, model_b;
