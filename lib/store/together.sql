CREATE TABLE IF NOT EXISTS sessions (
  id TEXT PRIMARY KEY,
  code TEXT UNIQUE,               -- six letters; none once the session is over
  kind TEXT NOT NULL CHECK (kind IN ('hour', 'study')),
  title TEXT NOT NULL,
  cases TEXT NOT NULL,            -- JSON list of case ids
  plan TEXT NOT NULL,             -- JSON: what is asked, fixed when the session begins
  made REAL NOT NULL,             -- all times in seconds since 1970
  expires REAL NOT NULL,
  lobby INTEGER NOT NULL DEFAULT 1,   -- whether more may join
  step INTEGER NOT NULL DEFAULT -1,   -- of an hour; -1 before the first
  open INTEGER NOT NULL DEFAULT 0,    -- whether the step takes answers
  until REAL,                         -- when it stops by itself
  ended INTEGER NOT NULL DEFAULT 0,
  people INTEGER NOT NULL DEFAULT 0,  -- how many ever joined: the next number
  version INTEGER NOT NULL DEFAULT 0  -- grows with each change that a phone must show
) STRICT;
CREATE TABLE IF NOT EXISTS people (
  session TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
  number INTEGER NOT NULL,
  key TEXT NOT NULL UNIQUE,       -- SHA-256 of the key that the phone holds
  nickname TEXT NOT NULL,
  joined REAL NOT NULL,
  PRIMARY KEY (session, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
  session TEXT NOT NULL,
  person INTEGER NOT NULL,
  step INTEGER NOT NULL,          -- of an hour, or the place of an item in a study, from 0
  question TEXT NOT NULL,
  value TEXT NOT NULL,
  turn INTEGER NOT NULL,          -- how often it was given: an answer that comes again does not count again
  at REAL NOT NULL,
  shown INTEGER NOT NULL DEFAULT 0,   -- a line that the teacher lets the projector show
  PRIMARY KEY (session, person, step, question),
  FOREIGN KEY (session, person) REFERENCES people ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS choices (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
