-- 20,000 orders of 1,000 customers, 4% of them pending; customers whose
-- e-mail addresses mix cases; a table of 3 rows.
CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL,
  city TEXT COLLATE NOCASE);
CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL
  REFERENCES customers(id), status TEXT NOT NULL, total REAL NOT NULL,
  created_at TEXT NOT NULL, note TEXT);
CREATE TABLE few(id INTEGER PRIMARY KEY, word TEXT);
CREATE TABLE seats(row INTEGER, seat INTEGER, taken_by TEXT, PRIMARY KEY (row, seat))
  WITHOUT ROWID;
CREATE VIEW open_orders AS SELECT * FROM orders WHERE status <> 'delivered';
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
INSERT INTO customers SELECT i, 'name ' || i, 'User' || i || '@Example.com',
  'City ' || (i % 40) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a FROM n)
INSERT INTO orders SELECT i, a % 1000 + 1, iif(a % 25 = 0, 'pending', 'delivered'),
  a % 5000 / 10.0, datetime('2024-01-01', '+' || (i * 40 + a % 300) || ' minutes'),
  hex(zeroblob(20)) FROM h;
INSERT INTO few VALUES (1, 'a'), (2, 'b'), (3, 'c');
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 5999)
INSERT INTO seats SELECT i / 100, i % 100, 'guest ' || (i * 7 % 900) FROM n;
