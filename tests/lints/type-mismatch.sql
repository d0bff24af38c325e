-- fires
SELECT id FROM orders WHERE total > 'a lot';
SELECT id FROM orders WHERE created_at > 2024-01-01;
SELECT id FROM orders WHERE strftime('%Y', created_at) = 2024;
SELECT name FROM customers WHERE country IN (1, 2);
SELECT c.name FROM customers c JOIN nw_customer n ON n.customer_id = c.id;
SELECT id FROM orders WHERE substr(created_at, 1, 4) BETWEEN 2020 AND 2024;
DELETE FROM orders WHERE status = 3;
-- silent
SELECT id FROM orders WHERE total > '5';
SELECT id FROM orders WHERE created_at > '2024-01-01';
SELECT id FROM orders WHERE strftime('%Y', created_at) = '2024';
SELECT id FROM orders WHERE CAST(strftime('%Y', created_at) AS INTEGER) = 2024;
SELECT order_id FROM nw_order WHERE order_date = '1998-01-01';
SELECT id FROM orders WHERE length(status) = 4;
