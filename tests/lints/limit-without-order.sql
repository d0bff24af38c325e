-- fires
SELECT * FROM orders LIMIT 20;
SELECT name FROM customers WHERE country = 'NL' LIMIT 1;
SELECT customer_id, sum(total) FROM orders GROUP BY customer_id LIMIT 10;
SELECT name, (SELECT o.total FROM orders o WHERE o.customer_id = c.id LIMIT 1) FROM customers c;
SELECT id FROM orders LIMIT :rows;
-- silent
SELECT * FROM orders ORDER BY id LIMIT 20;
SELECT * FROM orders LIMIT 0;
SELECT * FROM orders WHERE id = 5 LIMIT 1;
SELECT sum(total) FROM orders LIMIT 1;
SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id LIMIT 1);
SELECT * FROM (SELECT * FROM orders ORDER BY total) LIMIT 3;
SELECT value FROM json_each('[1,2,3]') LIMIT 1;
