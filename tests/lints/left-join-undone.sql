-- fires
SELECT c.name, o.total FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.status = 'paid';
SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE c.country = 'NL' AND o.total * 2 > 100;
SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.total > 5 OR date(o.created_at) > '2024';
SELECT c.name FROM customers c LEFT OUTER JOIN orders o ON o.customer_id = c.id WHERE o.status IN ('paid', 'shipped');
SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.status NOT LIKE 'p%';
-- silent
SELECT c.name, o.total FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.status = 'paid';
SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL;
SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.total > 5 OR o.id IS NULL;
SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE coalesce(o.total, 0) < 5;
SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE c.country = 'NL';
SELECT c.name FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.status = 'paid';
