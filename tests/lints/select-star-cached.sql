-- fires
SELECT * FROM lineitem WHERE l_orderkey = 1;
SELECT o.*, c.* FROM orders o JOIN customers c ON c.id = o.customer_id;
SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id;
-- silent
SELECT * FROM orders WHERE id = 1;
SELECT l_orderkey, l_quantity FROM lineitem WHERE l_orderkey = 1;
SELECT o.* FROM orders o JOIN customers c ON c.id = o.customer_id;
SELECT count(*) FROM lineitem;
