-- A small database in the shape of the Chinook sample database
-- (github.com/lerocha/chinook-database), with made-up rows.
CREATE TABLE artist (artist_id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE album (album_id INTEGER PRIMARY KEY, title TEXT NOT NULL, artist_id INTEGER NOT NULL);
CREATE TABLE track (track_id INTEGER PRIMARY KEY, name TEXT NOT NULL, album_id INTEGER, genre_id INTEGER,
  composer TEXT, milliseconds INTEGER NOT NULL, bytes INTEGER, unit_price REAL NOT NULL);
CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL COLLATE NOCASE,
  country TEXT, email TEXT NOT NULL, support_rep_id INTEGER);
CREATE TABLE invoice (invoice_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, invoice_date TEXT NOT NULL,
  billing_country TEXT, total REAL NOT NULL);
CREATE TABLE invoice_line (invoice_line_id INTEGER PRIMARY KEY, invoice_id INTEGER NOT NULL, track_id INTEGER NOT NULL,
  unit_price REAL NOT NULL, quantity INTEGER NOT NULL);
CREATE TABLE playlist_track (playlist_id INTEGER NOT NULL, track_id INTEGER NOT NULL, PRIMARY KEY (playlist_id, track_id));
CREATE VIEW sale AS SELECT i.customer_id, i.invoice_date, l.track_id, l.unit_price * l.quantity AS amount
  FROM invoice AS i JOIN invoice_line AS l ON l.invoice_id = i.invoice_id;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800)
INSERT INTO artist SELECT i, CASE WHEN i % 3 THEN 'Artist ' ELSE 'the band ' END || (i * 7919 % 801) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
INSERT INTO album SELECT i, 'Album ' || (i * 104729 % 3001), i * 2654435761 % 4294967296 / 65536 % 800 + 1 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a, (i + 313) * 2654435761 % 4294967296 / 65536 AS b FROM n)
INSERT INTO track SELECT i, 'Track ' || a || ' of ' || i, a % 3000 + 1, b % 25 + 1,
  CASE WHEN b % 4 THEN 'Composer ' || (a % 500) END, 60000 + b * 7, a * 100, CASE WHEN b % 50 = 0 THEN 1.99 ELSE 0.99 END FROM h;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a FROM n)
INSERT INTO customer SELECT i, 'First' || (a % 300), 'Last' || (a % 1200), 'Country ' || (a % 24), 'User' || i || '@Example.com', a % 8 FROM h;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a FROM n)
INSERT INTO invoice SELECT i, a % 6000 + 1, datetime('2019-01-01', '+' || (i * 100 + a % 90) || ' minutes'), 'Country ' || (a % 24), (a % 2500) / 100.0 FROM h;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59999),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a FROM n)
INSERT INTO invoice_line SELECT i + 1, i / 3 + 1, a % 20000 + 1, 0.99, 1 + (a % 40 = 0) FROM h;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
INSERT OR IGNORE INTO playlist_track SELECT i % 18, i * 2654435761 % 4294967296 / 65536 % 20000 + 1 FROM n;
