-- The index over the files. Column names of responses, scores and reply_loglik are those of the Parquet files.
CREATE TABLE cases (
    id VARCHAR PRIMARY KEY,
    number INTEGER NOT NULL,
    title VARCHAR NOT NULL,
    summary VARCHAR NOT NULL,
    claim VARCHAR NOT NULL,
    domain VARCHAR NOT NULL,
    sensitivity VARCHAR NOT NULL,
    criteria VARCHAR[] NOT NULL,
    languages VARCHAR[] NOT NULL,
    document JSON NOT NULL
);
CREATE TABLE prompts (
    id VARCHAR PRIMARY KEY,
    case_id VARCHAR NOT NULL,
    prompt_sha VARCHAR NOT NULL,
    document JSON NOT NULL
);
-- Every context and wording of which a log-likelihood is wanted, as they read now.
CREATE TABLE reply_texts (
    reply_id VARCHAR NOT NULL,
    wording INTEGER NOT NULL,
    context VARCHAR NOT NULL,
    text_sha VARCHAR NOT NULL
);
-- `document` is the whole record; the `kind` of its source says which of the sources it is.
CREATE TABLE models (
    id VARCHAR PRIMARY KEY,
    position INTEGER NOT NULL,
    template VARCHAR NOT NULL,
    document JSON NOT NULL
);
CREATE TABLE runs (
    id VARCHAR PRIMARY KEY,
    model_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    template VARCHAR NOT NULL,
    document JSON NOT NULL
);
CREATE TABLE responses (
    run_id VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    case_id VARCHAR NOT NULL,
    prompt_id VARCHAR NOT NULL,
    sample INTEGER NOT NULL,
    text VARCHAR,
    rendered VARCHAR NOT NULL,
    finish VARCHAR NOT NULL,
    tokens INTEGER NOT NULL,
    error VARCHAR,
    prompt_sha VARCHAR NOT NULL
);
CREATE TABLE scores (
    run_id VARCHAR NOT NULL,
    prompt_id VARCHAR NOT NULL,
    sample INTEGER NOT NULL,
    aspect VARCHAR NOT NULL,
    scorer VARCHAR NOT NULL,
    value DOUBLE,
    status VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    low DOUBLE,
    high DOUBLE,
    label VARCHAR
);
CREATE TABLE reply_loglik (
    run_id VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    case_id VARCHAR NOT NULL,
    reply_id VARCHAR NOT NULL,
    wording INTEGER NOT NULL,
    context VARCHAR NOT NULL,
    logprob DOUBLE NOT NULL,
    tokens INTEGER NOT NULL,
    characters INTEGER NOT NULL,
    text_sha VARCHAR NOT NULL
);
