-- fires
UPDATE orders SET status = 'paid';
DELETE FROM orders;
DELETE FROM main.page_views;
UPDATE products SET price = (SELECT max(price) FROM products WHERE stock > 0);
-- silent
UPDATE orders SET status = 'paid' WHERE id = 3;
DELETE FROM orders WHERE true;
DELETE FROM orders WHERE id < 10 RETURNING id;
INSERT INTO categories (name) VALUES ('x');
SELECT * FROM orders;
