-- What sites ask of programs, each as it was when it was asked for. rules: JSON.
CREATE TABLE robots (origin TEXT PRIMARY KEY, fetched INTEGER NOT NULL, rules TEXT NOT NULL) WITHOUT ROWID;
