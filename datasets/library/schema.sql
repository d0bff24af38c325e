-- A public library.
--
-- Moments are TEXT in UTC, 'YYYY-MM-DD HH:MM:SS'. The records end with the year
-- 2025; years alone are INTEGER.
--
-- There is no index beyond the primary keys. Adding the right ones is yours.

-- The country is NULL where nobody knows it.
CREATE TABLE authors (
  id      INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  country TEXT,
  born_in INTEGER NOT NULL
);

CREATE TABLE books (
  id           INTEGER PRIMARY KEY,
  title        TEXT NOT NULL,
  author_id    INTEGER NOT NULL REFERENCES authors (id),
  genre        TEXT NOT NULL,
  published_in INTEGER NOT NULL,
  pages        INTEGER NOT NULL CHECK (pages > 0),
  copies       INTEGER NOT NULL CHECK (copies > 0)
);

-- The email is NULL for members who have none.
CREATE TABLE members (
  id        INTEGER PRIMARY KEY,
  name      TEXT NOT NULL,
  email     TEXT,
  kind      TEXT NOT NULL CHECK (kind IN ('adult', 'student', 'child', 'senior')),
  joined_at TEXT NOT NULL
);

-- A loan is due after four weeks. It is open as long as returned_at is NULL.
CREATE TABLE loans (
  id          INTEGER PRIMARY KEY,
  book_id     INTEGER NOT NULL REFERENCES books (id),
  member_id   INTEGER NOT NULL REFERENCES members (id),
  lent_at     TEXT NOT NULL,
  due_at      TEXT NOT NULL CHECK (due_at > lent_at),
  returned_at TEXT CHECK (returned_at > lent_at)
);
