-- The index over the files. The tables responses, loglik and scores are made from the columns of lib/dataset.py.
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
-- The checks that apply to each prompt, as they are now.
CREATE TABLE prompt_checks (
    prompt_id VARCHAR NOT NULL,
    check_key VARCHAR NOT NULL,
    check_sha VARCHAR NOT NULL,
    judged BOOLEAN NOT NULL
);
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
