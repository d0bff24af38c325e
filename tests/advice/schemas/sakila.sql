-- A small database in the shape of MySQL's Sakila (dev.mysql.com/doc/sakila),
-- with made-up rows.
CREATE TABLE film (film_id INTEGER PRIMARY KEY, title TEXT NOT NULL, description TEXT, release_year INTEGER,
  language_id INTEGER NOT NULL, rental_rate REAL NOT NULL, length INTEGER, rating TEXT);
CREATE TABLE film_actor (actor_id INTEGER NOT NULL, film_id INTEGER NOT NULL);
CREATE TABLE actor (actor_id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL);
CREATE TABLE inventory (inventory_id INTEGER PRIMARY KEY, film_id INTEGER NOT NULL, store_id INTEGER NOT NULL);
CREATE TABLE rental (rental_id INTEGER PRIMARY KEY, rental_date TEXT NOT NULL, inventory_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL, return_date TEXT, staff_id INTEGER NOT NULL);
CREATE TABLE payment (payment_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, rental_id INTEGER, amount REAL NOT NULL, payment_date TEXT NOT NULL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a FROM n)
INSERT INTO film SELECT i, 'FILM ' || a, 'A tale of ' || a || ' and of ' || i || ' others', 1980 + a % 40, 1, 0.99 + a % 3, 46 + a % 140,
  CASE a % 5 WHEN 0 THEN 'G' WHEN 1 THEN 'PG' WHEN 2 THEN 'PG-13' WHEN 3 THEN 'R' ELSE 'NC-17' END FROM h;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
INSERT INTO actor SELECT i, 'FIRST' || (i % 90), 'LAST' || (i * 7919 % 211) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO film_actor SELECT i * 2654435761 % 4294967296 / 65536 % 600 + 1, i / 5 + 1 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
INSERT INTO inventory SELECT i, i * 2654435761 % 4294967296 / 65536 % 4000 + 1, i % 2 + 1 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a, (i + 17) * 2654435761 % 4294967296 / 65536 AS b FROM n)
INSERT INTO rental SELECT i, datetime('2005-05-24', '+' || (i * 9) || ' minutes'), a % 12000 + 1, b % 2500 + 1,
  CASE WHEN b % 60 THEN datetime('2005-05-24', '+' || (i * 9 + 3000 + a % 8000) || ' minutes') END, a % 2 + 1 FROM h;
INSERT INTO payment SELECT rental_id, customer_id, rental_id, 0.99 + rental_id % 11, rental_date FROM rental;
