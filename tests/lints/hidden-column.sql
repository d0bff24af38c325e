-- fires
SELECT * FROM nw_order WHERE strftime('%Y', order_date) = '1998';
SELECT * FROM nw_order WHERE date(order_date) BETWEEN '1998-01-01' AND '1998-01-31';
SELECT * FROM customers WHERE id + 1 = 43;
SELECT * FROM track WHERE lower(name) = 'so what';
SELECT * FROM track WHERE CAST(album_id AS TEXT) IN ('1', '2');
UPDATE track SET unit_price = 1 WHERE upper(name) = 'X';
-- silent
SELECT * FROM nw_order WHERE order_date >= '1998-01-01' AND order_date < '1999-01-01';
SELECT * FROM customers WHERE id = 43 - 1;
SELECT * FROM customers WHERE lower(email) = 'a@example.org';
SELECT * FROM listener WHERE lower(email) = 'a@example.org';
SELECT * FROM listener l WHERE lower(l.email) = 'a@example.org';
SELECT * FROM tab1 WHERE +a = 5;
SELECT * FROM track WHERE track_id = 5 AND lower(name) = 'so what';
SELECT strftime('%Y', order_date) FROM nw_order;
