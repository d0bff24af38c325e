CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, email TEXT, country TEXT);
CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER, status TEXT, total INTEGER,
  created_at TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
INSERT INTO customers
SELECT i, 'name ' || i, 'c' || i || '@example.org', substr('ADEFI', i % 5 + 1, 1) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
INSERT INTO orders SELECT i, i * 7 % 500 + 1, iif(i % 100 = 0, 'open', 'done'),
  i * 13 % 1000, date('2024-01-01', i || ' days') FROM n;
