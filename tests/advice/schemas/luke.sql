-- The tables of "Use The Index, Luke!" (use-the-index-luke.com), as we imagine
-- them, with made-up rows.
CREATE TABLE employees (employee_id INTEGER NOT NULL, subsidiary_id INTEGER NOT NULL, first_name TEXT NOT NULL,
  last_name TEXT NOT NULL, date_of_birth TEXT NOT NULL, phone_number TEXT NOT NULL, junk TEXT, PRIMARY KEY (employee_id, subsidiary_id));
CREATE TABLE sales (sale_id INTEGER PRIMARY KEY, employee_id INTEGER NOT NULL, subsidiary_id INTEGER NOT NULL,
  product_id INTEGER NOT NULL, sale_date TEXT NOT NULL, eur_value REAL NOT NULL, junk TEXT);
CREATE TABLE messages (id INTEGER PRIMARY KEY, receiver INTEGER NOT NULL, processed TEXT NOT NULL, message TEXT NOT NULL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a FROM n)
INSERT INTO employees SELECT i, a % 30 + 1, 'FIRST' || (a % 200), CASE WHEN a % 97 = 0 THEN 'Winand' ELSE 'Name' || (a % 3000) END,
  date('1950-01-01', '+' || (a % 18000) || ' days'), '+43 ' || (a % 10) || '/' || i, 'junk' || hex(zeroblob(20)) FROM h;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a FROM n)
INSERT INTO sales SELECT i, a % 10000 + 1, a % 30 + 1, a % 300 + 1, date('2020-01-01', '+' || (i / 40) || ' days'), a % 900, 'junk' || hex(zeroblob(20)) FROM h;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a FROM n)
INSERT INTO messages SELECT i, a % 400 + 1, CASE WHEN a % 80 = 0 THEN 'N' ELSE 'Y' END, 'message ' || i || hex(zeroblob(15)) FROM h;
