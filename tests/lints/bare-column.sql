-- fires
SELECT customer_id, status, count(*) FROM orders GROUP BY customer_id;
SELECT name, avg(price) FROM products;
SELECT name, min(price), max(price) FROM products;
SELECT c.country, c.name FROM customers c GROUP BY c.country;
SELECT c.country, o.total, sum(o.total) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id;
SELECT upper(name) || '!', count(*) FROM products GROUP BY category_id;
-- silent
SELECT customer_id, status, count(*) FROM orders GROUP BY customer_id, status;
SELECT customer_id, count(*) FROM orders GROUP BY 1;
SELECT name, max(price) FROM products;
SELECT c.name, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id;
SELECT c.name, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY o.customer_id;
SELECT status, count(*) FROM orders WHERE status = 'paid';
SELECT upper(name) AS n, count(*) FROM products GROUP BY n;
SELECT upper(name), count(*) FROM products GROUP BY upper(name);
SELECT id, count(*) OVER () FROM orders;
SELECT id, max(total, 5) FROM orders;
SELECT dept_name, count(*) FROM departments GROUP BY dept_name;
