-- fires
SELECT c.name, o.total FROM customers c, orders o;
SELECT c.name, o.total FROM customers c JOIN orders o WHERE o.status = 'paid';
SELECT count(*) FROM products, categories, reviews WHERE reviews.product_id = products.id;
SELECT o.id FROM orders o, customers c WHERE o.total > 10 AND c.country = 'NL';
-- silent
SELECT c.name, o.total FROM customers c, orders o WHERE o.customer_id = c.id;
SELECT c.name, p.name FROM customers c CROSS JOIN products p;
SELECT o.id FROM orders o JOIN customers c USING (id);
SELECT o.id, n FROM orders o, (SELECT count(*) AS n FROM orders);
SELECT o.id FROM orders o, customers c WHERE c.id = 4;
SELECT o.id FROM orders o, customers c WHERE o.created_at < c.created_at;
