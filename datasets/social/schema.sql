-- A small social network.
--
-- Moments are TEXT in UTC, 'YYYY-MM-DD HH:MM:SS'.
--
-- follows and likes hold nothing but pairs, so the pair is the primary key and
-- the table is WITHOUT ROWID: it is stored in the order of that key. Asking from
-- the other side (who follows me?) is what an index is for.
--
-- There is no index beyond the primary keys. Adding the right ones is yours.

-- The bio is NULL for users who wrote none.
CREATE TABLE users (
  id        INTEGER PRIMARY KEY,
  handle    TEXT NOT NULL,
  name      TEXT NOT NULL,
  bio       TEXT,
  joined_at TEXT NOT NULL
);

CREATE TABLE follows (
  follower_id INTEGER NOT NULL REFERENCES users (id),
  followee_id INTEGER NOT NULL REFERENCES users (id),
  followed_at TEXT NOT NULL,
  PRIMARY KEY (follower_id, followee_id),
  CHECK (follower_id <> followee_id)
) WITHOUT ROWID;

CREATE TABLE posts (
  id        INTEGER PRIMARY KEY,
  user_id   INTEGER NOT NULL REFERENCES users (id),
  body      TEXT NOT NULL,
  posted_at TEXT NOT NULL
);

CREATE TABLE likes (
  post_id  INTEGER NOT NULL REFERENCES posts (id),
  user_id  INTEGER NOT NULL REFERENCES users (id),
  liked_at TEXT NOT NULL,
  PRIMARY KEY (post_id, user_id)
) WITHOUT ROWID;

-- A comment answers its parent; the parent is NULL where it answers the post.
CREATE TABLE comments (
  id           INTEGER PRIMARY KEY,
  post_id      INTEGER NOT NULL REFERENCES posts (id),
  parent_id    INTEGER REFERENCES comments (id) CHECK (parent_id < id),
  user_id      INTEGER NOT NULL REFERENCES users (id),
  body         TEXT NOT NULL,
  commented_at TEXT NOT NULL
);
