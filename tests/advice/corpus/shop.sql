-- On the dataset shop at the scale small: questions of this project's own, for
-- what the other files leave out.

-- name: shop-items-of-product
SELECT count(*), sum(quantity) FROM order_items WHERE product_id = 42;

-- name: shop-newest-orders-of-customer
SELECT id, created_at FROM orders WHERE customer_id = 42 ORDER BY created_at DESC LIMIT 20;

-- name: shop-pending
SELECT id, customer_id, created_at FROM orders WHERE status = 'pending' ORDER BY created_at LIMIT 50;

-- name: shop-pending-count
SELECT count(*) FROM orders WHERE status = 'pending';

-- name: shop-returned-in-a-year   source: SQLite documentation, "Partial Indexes"
SELECT id, total FROM orders WHERE status = 'returned' AND created_at >= '2024-01-01' AND created_at < '2025-01-01';

-- name: shop-or-two-columns   source: SQLite documentation, "The OR-clause optimization"
SELECT id, total FROM orders WHERE customer_id = 42 OR created_at < '2023-01-03';

-- name: shop-or-three-columns   source: SQLite documentation, "The OR-clause optimization"
SELECT id FROM page_views WHERE customer_id = 17 OR product_id = 900 OR viewed_at > '2025-12-31 12:00:00';

-- name: shop-or-in-join   source: SQLite documentation, "The OR-clause optimization"
SELECT o.id, c.name FROM orders AS o JOIN customers AS c ON c.id = o.customer_id
WHERE c.email = 'sven.das@example.net' OR o.total > 2000;

-- name: shop-email
SELECT name FROM customers WHERE email = 'sven.das@example.net';

-- name: shop-email-lower   source: SQLite documentation, "Indexes On Expressions"
SELECT name FROM customers WHERE lower(email) = 'sven.das@example.net';

-- name: shop-total-with-tax   source: SQLite documentation, "Indexes On Expressions"
SELECT id FROM orders WHERE total * 1.19 > 1500;

-- name: shop-month   source: SQLite documentation, "Indexes On Expressions"
SELECT count(*), sum(total) FROM orders WHERE strftime('%Y-%m', created_at) = '2024-05';

-- name: shop-by-weekday
SELECT substr(created_at, 1, 7) AS month, count(*) FROM orders GROUP BY month;

-- name: shop-half-of-it
SELECT sum(unit_price * quantity) FROM order_items WHERE quantity >= 1 AND product_id > 500;

-- name: shop-half-of-it-all-columns
SELECT * FROM orders WHERE total > 100;

-- name: shop-max
SELECT max(total) FROM orders;

-- name: shop-min-and-max   source: SQLite documentation, "MIN/MAX optimization"
SELECT min(created_at), max(created_at) FROM orders;

-- name: shop-distinct-countries
SELECT DISTINCT country FROM customers;

-- name: shop-group-status
SELECT status, count(*), sum(total) FROM orders GROUP BY status;

-- name: shop-customers-without-order
SELECT count(*) FROM customers AS c WHERE c.id NOT IN (SELECT customer_id FROM orders);

-- name: shop-latest-order-each
SELECT c.id, (SELECT max(o.created_at) FROM orders AS o WHERE o.customer_id = c.id) FROM customers AS c WHERE c.country = 'Poland';

-- name: shop-bought-together
SELECT b.product_id, count(*) AS n FROM order_items AS a JOIN order_items AS b ON b.order_id = a.order_id AND b.product_id <> a.product_id
WHERE a.product_id = 42 GROUP BY b.product_id ORDER BY n DESC LIMIT 5;

-- name: shop-revenue-by-category
SELECT c.name, sum(i.quantity * i.unit_price) FROM categories AS c JOIN products AS p ON p.category_id = c.id
JOIN order_items AS i ON i.product_id = p.id WHERE c.id = 12 GROUP BY c.id;

-- name: shop-card-payments-of-a-day
SELECT p.id, p.amount, o.status FROM payments AS p JOIN orders AS o ON o.id = p.order_id
WHERE p.method = 'gift card' AND p.paid_at >= '2025-06-01' AND p.paid_at < '2025-07-01';

-- name: shop-anonymous-views
SELECT count(*) FROM page_views WHERE customer_id IS NULL AND product_id = 7;

-- name: shop-in-list
SELECT id, total FROM orders WHERE customer_id IN (5, 17, 42, 99) AND status = 'delivered';

-- name: shop-in-and-order
SELECT id, created_at FROM orders WHERE status IN ('paid', 'pending') ORDER BY created_at DESC LIMIT 10;

-- name: shop-two-directions
SELECT id, status, created_at FROM orders ORDER BY status, created_at DESC LIMIT 20;

-- name: shop-running-total
SELECT id, sum(total) OVER (ORDER BY created_at) FROM orders WHERE customer_id = 42;

-- name: shop-cte-top-customers
WITH spent AS (SELECT customer_id, sum(total) AS total FROM orders WHERE created_at >= '2025-12-01' GROUP BY customer_id)
SELECT c.name, s.total FROM spent AS s JOIN customers AS c ON c.id = s.customer_id ORDER BY s.total DESC LIMIT 10;

-- name: shop-category-tree   source: SQLite documentation, "Recursive Query Examples"
WITH RECURSIVE below(id) AS (SELECT 3 UNION ALL SELECT c.id FROM categories AS c JOIN below ON c.parent_id = below.id)
SELECT count(*) FROM products WHERE category_id IN (SELECT id FROM below);

-- name: shop-ship-an-old-order
UPDATE orders SET status = 'shipped' WHERE status = 'paid' AND created_at < '2025-06-01';

-- name: shop-forget-views
DELETE FROM page_views WHERE viewed_at < '2023-01-10';

-- name: shop-nearly-everything
SELECT count(*) FROM order_items WHERE quantity > 0;

-- name: shop-already-keyed
SELECT * FROM orders WHERE id = 4711;

-- name: shop-tiny-table
SELECT name FROM categories WHERE name = 'Kitchen';
