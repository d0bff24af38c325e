-- fires
SELECT name FROM customers WHERE country = NULL;
SELECT name FROM customers WHERE NULL = country;
SELECT name FROM customers WHERE country == (NULL);
SELECT name FROM customers WHERE country <> NULL;
SELECT name FROM customers WHERE country != NULL AND id > 3;
SELECT name FROM customers WHERE NOT country = NULL;
SELECT id FROM orders WHERE total > NULL;
SELECT name FROM customers WHERE country IN (NULL);
SELECT name FROM customers WHERE country IN ('NL', NULL);
SELECT CASE country WHEN NULL THEN 'nowhere' ELSE country END FROM customers;
SELECT count(*) FROM customers HAVING max(country) = NULL;
UPDATE customers SET country = 'NL' WHERE country = NULL;
DELETE FROM customers WHERE country = NULL;
SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id = NULL;
-- silent
SELECT name FROM customers WHERE country IS NULL;
SELECT name FROM customers WHERE country IS NOT NULL;
SELECT name FROM customers WHERE country IN ('NL', 'DE') OR country IS NULL;
UPDATE customers SET country = NULL WHERE id = 3;
SELECT NULL = NULL, 1 = NULL, 1 IN (1, NULL), 2 IN (NULL);
SELECT CASE country WHEN 'NL' THEN NULL ELSE country END FROM customers;
SELECT coalesce(country, NULL) = 'NL' FROM customers;
SELECT name FROM customers WHERE country IS NOT DISTINCT FROM NULL;
SELECT name FROM customers WHERE country = '';
INSERT INTO categories (id, parent_id, name) VALUES (1000, NULL, 'x');
