DROP TABLE IF EXISTS pair;
DROP TABLE IF EXISTS cause;
DROP TABLE IF EXISTS run;
CREATE TABLE run (
  folder TEXT PRIMARY KEY,
  stamp TEXT NOT NULL,
  run_id TEXT NOT NULL,
  reference TEXT NOT NULL,
  candidate TEXT NOT NULL,
  routing TEXT NOT NULL,
  suite_digest TEXT NOT NULL,
  exit INTEGER NOT NULL,
  seconds REAL NOT NULL,
  total INTEGER NOT NULL,
  decided INTEGER NOT NULL,
  unexpected INTEGER NOT NULL,
  indeterminate INTEGER NOT NULL,
  same INTEGER NOT NULL,
  known INTEGER NOT NULL,
  noise INTEGER NOT NULL,
  low REAL NOT NULL,
  high REAL NOT NULL,
  oldest_known INTEGER
) STRICT;
CREATE TABLE cause (
  folder TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
  place INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  known INTEGER NOT NULL,
  cases INTEGER NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (folder, place)
) STRICT;
CREATE TABLE pair (
  folder TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
  place INTEGER NOT NULL,
  case_id TEXT NOT NULL,
  verdict TEXT NOT NULL,
  reference TEXT NOT NULL,
  candidate TEXT NOT NULL,
  reference_seconds REAL NOT NULL,
  candidate_seconds REAL NOT NULL,
  PRIMARY KEY (folder, place)
) STRICT;
