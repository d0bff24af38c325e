-- fires
SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM page_views);
SELECT name FROM categories WHERE id NOT IN (SELECT parent_id FROM categories);
SELECT name FROM categories WHERE NOT id IN (SELECT parent_id FROM categories);
SELECT id FROM orders WHERE id NOT IN (SELECT p.order_id FROM orders o LEFT JOIN payments p ON p.order_id = o.id);
SELECT id FROM orders WHERE status NOT IN ('paid', NULL);
DELETE FROM customers WHERE id NOT IN (SELECT customer_id FROM page_views);
-- silent
SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM page_views WHERE customer_id IS NOT NULL);
SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM page_views WHERE customer_id < 10);
SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM orders);
SELECT name FROM customers WHERE id IN (SELECT customer_id FROM page_views);
SELECT id FROM orders WHERE status NOT IN ('paid', 'shipped');
