-- Statements that are as they should be: no lint may fire on any of them.
-- This file was written before the lints were. A statement may be added, never
-- taken away to make a lint pass.

-- ==== From published sources, in our own spelling ====

-- TPC-H specification, chapter 2.4, with the validation parameters.
-- Q1, pricing summary
SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty,
       sum(l_extendedprice * (1 - l_discount)) AS sum_disc_price,
       avg(l_discount) AS avg_disc, count(*) AS count_order
FROM lineitem WHERE l_shipdate <= date('1998-12-01', '-90 day')
GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus;
-- Q2, minimum cost supplier
SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone
FROM part, supplier, partsupp, nation, region
WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND p_size = 15 AND p_type LIKE '%BRASS'
  AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = 'EUROPE'
  AND ps_supplycost = (
    SELECT min(ps_supplycost) FROM partsupp, supplier, nation, region
    WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND s_nationkey = n_nationkey
      AND n_regionkey = r_regionkey AND r_name = 'EUROPE')
ORDER BY s_acctbal DESC, n_name, s_name, p_partkey LIMIT 100;
-- Q3, shipping priority
SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate, o_shippriority
FROM h_customer, h_orders, lineitem
WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey
  AND o_orderdate < '1995-03-15' AND l_shipdate > '1995-03-15'
GROUP BY l_orderkey, o_orderdate, o_shippriority ORDER BY revenue DESC, o_orderdate LIMIT 10;
-- Q4, order priority checking
SELECT o_orderpriority, count(*) AS order_count FROM h_orders
WHERE o_orderdate >= '1993-07-01' AND o_orderdate < date('1993-07-01', '+3 months')
  AND EXISTS (SELECT * FROM lineitem WHERE l_orderkey = o_orderkey AND l_commitdate < l_receiptdate)
GROUP BY o_orderpriority ORDER BY o_orderpriority;
-- Q5, local supplier volume
SELECT n_name, sum(l_extendedprice * (1 - l_discount)) AS revenue
FROM h_customer, h_orders, lineitem, supplier, nation, region
WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND l_suppkey = s_suppkey
  AND c_nationkey = s_nationkey AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey
  AND r_name = 'ASIA' AND o_orderdate >= '1994-01-01' AND o_orderdate < '1995-01-01'
GROUP BY n_name ORDER BY revenue DESC;
-- Q6, forecasting revenue change
SELECT sum(l_extendedprice * l_discount) AS revenue FROM lineitem
WHERE l_shipdate >= '1994-01-01' AND l_shipdate < '1995-01-01'
  AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24;
-- Q7, volume shipping
SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue
FROM (SELECT n1.n_name AS supp_nation, n2.n_name AS cust_nation,
             strftime('%Y', l_shipdate) AS l_year, l_extendedprice * (1 - l_discount) AS volume
      FROM supplier, lineitem, h_orders, h_customer, nation n1, nation n2
      WHERE s_suppkey = l_suppkey AND o_orderkey = l_orderkey AND c_custkey = o_custkey
        AND s_nationkey = n1.n_nationkey AND c_nationkey = n2.n_nationkey
        AND ((n1.n_name = 'FRANCE' AND n2.n_name = 'GERMANY')
          OR (n1.n_name = 'GERMANY' AND n2.n_name = 'FRANCE'))
        AND l_shipdate BETWEEN '1995-01-01' AND '1996-12-31') AS shipping
GROUP BY supp_nation, cust_nation, l_year ORDER BY supp_nation, cust_nation, l_year;
-- Q8, national market share
SELECT o_year, sum(CASE WHEN nation = 'BRAZIL' THEN volume ELSE 0 END) / sum(volume) AS mkt_share
FROM (SELECT strftime('%Y', o_orderdate) AS o_year, l_extendedprice * (1 - l_discount) AS volume,
             n2.n_name AS nation
      FROM part, supplier, lineitem, h_orders, h_customer, nation n1, nation n2, region
      WHERE p_partkey = l_partkey AND s_suppkey = l_suppkey AND l_orderkey = o_orderkey
        AND o_custkey = c_custkey AND c_nationkey = n1.n_nationkey
        AND n1.n_regionkey = r_regionkey AND r_name = 'AMERICA' AND s_nationkey = n2.n_nationkey
        AND o_orderdate BETWEEN '1995-01-01' AND '1996-12-31'
        AND p_type = 'ECONOMY ANODIZED STEEL') AS all_nations
GROUP BY o_year ORDER BY o_year;
-- Q9, product type profit
SELECT nation, o_year, sum(amount) AS sum_profit
FROM (SELECT n_name AS nation, strftime('%Y', o_orderdate) AS o_year,
             l_extendedprice * (1 - l_discount) - ps_supplycost * l_quantity AS amount
      FROM part, supplier, lineitem, partsupp, h_orders, nation
      WHERE s_suppkey = l_suppkey AND ps_suppkey = l_suppkey AND ps_partkey = l_partkey
        AND p_partkey = l_partkey AND o_orderkey = l_orderkey AND s_nationkey = n_nationkey
        AND p_name LIKE '%green%') AS profit
GROUP BY nation, o_year ORDER BY nation, o_year DESC;
-- Q10, returned items
SELECT c_custkey, c_name, sum(l_extendedprice * (1 - l_discount)) AS revenue, c_acctbal, n_name
FROM h_customer, h_orders, lineitem, nation
WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND o_orderdate >= '1993-10-01'
  AND o_orderdate < '1994-01-01' AND l_returnflag = 'R' AND c_nationkey = n_nationkey
GROUP BY c_custkey, c_name, c_acctbal, n_name ORDER BY revenue DESC LIMIT 20;
-- Q11, important stock
SELECT ps_partkey, sum(ps_supplycost * ps_availqty) AS value FROM partsupp, supplier, nation
WHERE ps_suppkey = s_suppkey AND s_nationkey = n_nationkey AND n_name = 'GERMANY'
GROUP BY ps_partkey
HAVING sum(ps_supplycost * ps_availqty) > (
  SELECT sum(ps_supplycost * ps_availqty) * 0.0001 FROM partsupp, supplier, nation
  WHERE ps_suppkey = s_suppkey AND s_nationkey = n_nationkey AND n_name = 'GERMANY')
ORDER BY value DESC;
-- Q12, shipping modes
SELECT l_shipmode,
       sum(CASE WHEN o_orderpriority IN ('1-URGENT', '2-HIGH') THEN 1 ELSE 0 END) AS high_line_count
FROM h_orders, lineitem
WHERE o_orderkey = l_orderkey AND l_shipmode IN ('MAIL', 'SHIP') AND l_commitdate < l_receiptdate
  AND l_shipdate < l_commitdate AND l_receiptdate >= '1994-01-01' AND l_receiptdate < '1995-01-01'
GROUP BY l_shipmode ORDER BY l_shipmode;
-- Q13, customer distribution
SELECT c_count, count(*) AS custdist
FROM (SELECT c_custkey, count(o_orderkey) AS c_count
      FROM h_customer LEFT OUTER JOIN h_orders
        ON c_custkey = o_custkey AND o_comment NOT LIKE '%special%requests%'
      GROUP BY c_custkey) AS c_orders
GROUP BY c_count ORDER BY custdist DESC, c_count DESC;
-- Q14, promotion effect
SELECT 100.00 * sum(CASE WHEN p_type LIKE 'PROMO%' THEN l_extendedprice * (1 - l_discount) ELSE 0 END)
       / sum(l_extendedprice * (1 - l_discount)) AS promo_revenue
FROM lineitem, part
WHERE l_partkey = p_partkey AND l_shipdate >= '1995-09-01' AND l_shipdate < '1995-10-01';
-- Q15, top supplier
WITH revenue (supplier_no, total_revenue) AS (
  SELECT l_suppkey, sum(l_extendedprice * (1 - l_discount)) FROM lineitem
  WHERE l_shipdate >= '1996-01-01' AND l_shipdate < '1996-04-01' GROUP BY l_suppkey)
SELECT s_suppkey, s_name, s_address, s_phone, total_revenue FROM supplier, revenue
WHERE s_suppkey = supplier_no AND total_revenue = (SELECT max(total_revenue) FROM revenue)
ORDER BY s_suppkey;
-- Q16, parts and suppliers
SELECT p_brand, p_type, p_size, count(DISTINCT ps_suppkey) AS supplier_cnt FROM partsupp, part
WHERE p_partkey = ps_partkey AND p_brand <> 'Brand#45' AND p_type NOT LIKE 'MEDIUM POLISHED%'
  AND p_size IN (49, 14, 23, 45, 19, 3, 36, 9)
  AND ps_suppkey NOT IN (SELECT s_suppkey FROM supplier WHERE s_comment LIKE '%Customer%Complaints%')
GROUP BY p_brand, p_type, p_size ORDER BY supplier_cnt DESC, p_brand, p_type, p_size;
-- Q17, small quantity orders
SELECT sum(l_extendedprice) / 7.0 AS avg_yearly FROM lineitem, part
WHERE p_partkey = l_partkey AND p_brand = 'Brand#23' AND p_container = 'MED BOX'
  AND l_quantity < (SELECT 0.2 * avg(l_quantity) FROM lineitem WHERE l_partkey = p_partkey);
-- Q18, large volume customers
SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity)
FROM h_customer, h_orders, lineitem
WHERE o_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY l_orderkey HAVING sum(l_quantity) > 300)
  AND c_custkey = o_custkey AND o_orderkey = l_orderkey
GROUP BY c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice
ORDER BY o_totalprice DESC, o_orderdate LIMIT 100;
-- Q19, discounted revenue
SELECT sum(l_extendedprice * (1 - l_discount)) AS revenue FROM lineitem, part
WHERE (p_partkey = l_partkey AND p_brand = 'Brand#12' AND l_quantity BETWEEN 1 AND 11
       AND p_size BETWEEN 1 AND 5 AND l_shipmode IN ('AIR', 'AIR REG'))
   OR (p_partkey = l_partkey AND p_brand = 'Brand#23' AND l_quantity BETWEEN 10 AND 20
       AND p_size BETWEEN 1 AND 10 AND l_shipinstruct = 'DELIVER IN PERSON');
-- Q20, potential part promotion
SELECT s_name, s_address FROM supplier, nation
WHERE s_suppkey IN (
    SELECT ps_suppkey FROM partsupp
    WHERE ps_partkey IN (SELECT p_partkey FROM part WHERE p_name LIKE 'forest%')
      AND ps_availqty > (SELECT 0.5 * sum(l_quantity) FROM lineitem
                         WHERE l_partkey = ps_partkey AND l_suppkey = ps_suppkey
                           AND l_shipdate >= '1994-01-01' AND l_shipdate < '1995-01-01'))
  AND s_nationkey = n_nationkey AND n_name = 'CANADA' ORDER BY s_name;
-- Q21, suppliers who kept orders waiting
SELECT s_name, count(*) AS numwait FROM supplier, lineitem l1, h_orders, nation
WHERE s_suppkey = l1.l_suppkey AND o_orderkey = l1.l_orderkey AND o_orderstatus = 'F'
  AND l1.l_receiptdate > l1.l_commitdate
  AND EXISTS (SELECT * FROM lineitem l2 WHERE l2.l_orderkey = l1.l_orderkey AND l2.l_suppkey <> l1.l_suppkey)
  AND NOT EXISTS (SELECT * FROM lineitem l3 WHERE l3.l_orderkey = l1.l_orderkey
                  AND l3.l_suppkey <> l1.l_suppkey AND l3.l_receiptdate > l3.l_commitdate)
  AND s_nationkey = n_nationkey AND n_name = 'SAUDI ARABIA'
GROUP BY s_name ORDER BY numwait DESC, s_name LIMIT 100;
-- Q22, global sales opportunity
SELECT cntrycode, count(*) AS numcust, sum(c_acctbal) AS totacctbal
FROM (SELECT substr(c_phone, 1, 2) AS cntrycode, c_acctbal FROM h_customer
      WHERE substr(c_phone, 1, 2) IN ('13', '31', '23', '29', '30', '18', '17')
        AND c_acctbal > (SELECT avg(c_acctbal) FROM h_customer WHERE c_acctbal > 0.00
                         AND substr(c_phone, 1, 2) IN ('13', '31', '23', '29', '30', '18', '17'))
        AND NOT EXISTS (SELECT * FROM h_orders WHERE o_custkey = c_custkey)) AS custsale
GROUP BY cntrycode ORDER BY cntrycode;

-- SQLite's documentation: lang_with.html.
WITH RECURSIVE cnt(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM cnt WHERE x < 1000000) SELECT x FROM cnt;
WITH RECURSIVE cnt(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM cnt LIMIT 1000000) SELECT x FROM cnt;
WITH RECURSIVE works_for(n) AS (VALUES('Alice') UNION SELECT name FROM org, works_for WHERE org.boss = works_for.n)
SELECT n FROM works_for;
WITH RECURSIVE parent_of(name, parent) AS (SELECT name, mom FROM family UNION SELECT name, dad FROM family),
  ancestor_of_alice(name) AS (SELECT parent FROM parent_of WHERE name = 'Alice'
    UNION ALL SELECT parent FROM parent_of JOIN ancestor_of_alice USING (name))
SELECT family.name FROM ancestor_of_alice, family
WHERE ancestor_of_alice.name = family.name AND died IS NULL ORDER BY born;
WITH RECURSIVE nodes(x) AS (SELECT 59 UNION SELECT aa FROM edge JOIN nodes ON bb = x UNION SELECT bb FROM edge JOIN nodes ON aa = x)
SELECT x FROM nodes;
WITH RECURSIVE under_alice(name, level) AS (VALUES('Alice', 0)
  UNION ALL SELECT org.name, under_alice.level + 1 FROM org JOIN under_alice ON org.boss = under_alice.name ORDER BY 2)
SELECT substr('..........', 1, level * 3) || name FROM under_alice;
WITH RECURSIVE xaxis(x) AS (VALUES(-2.0) UNION ALL SELECT x + 0.05 FROM xaxis WHERE x < 1.2),
  yaxis(y) AS (VALUES(-1.0) UNION ALL SELECT y + 0.1 FROM yaxis WHERE y < 1.0),
  m(iter, cx, cy, x, y) AS (SELECT 0, x, y, 0.0, 0.0 FROM xaxis, yaxis
    UNION ALL SELECT iter + 1, cx, cy, x * x - y * y + cx, 2.0 * x * y + cy FROM m WHERE (x * x + y * y) < 4.0 AND iter < 28),
  m2(iter, cx, cy) AS (SELECT max(iter), cx, cy FROM m GROUP BY cx, cy),
  a(t) AS (SELECT group_concat(substr(' .+*#', 1 + min(iter / 7, 4), 1), '') FROM m2 GROUP BY cy)
SELECT group_concat(rtrim(t), char(10)) FROM a;
-- lang_select.html: bare columns beside one min() or max(), and FROM-less selects.
SELECT a, b, max(c) FROM tab1 GROUP BY a;
SELECT a, min(c), b FROM tab1;
SELECT 2 + 3, 'text', NULL;
SELECT DISTINCT a FROM tab1 WHERE b IS NOT NULL;
SELECT a, b FROM tab1 UNION SELECT x, y FROM tab2 ORDER BY 1;
SELECT a FROM tab1 EXCEPT SELECT x FROM tab2;
SELECT * FROM tab1 NATURAL JOIN (SELECT 1 AS a) AS one;
SELECT a, z FROM tab1 CROSS JOIN tab2;
VALUES (1, 'one'), (2, 'two');
-- lang_upsert.html and lang_insert.html.
INSERT INTO vocabulary(word) VALUES('jovial') ON CONFLICT(word) DO UPDATE SET count = count + 1;
INSERT INTO phonebook(name, phonenumber) VALUES('Alice', '704-555-1212')
  ON CONFLICT(name) DO UPDATE SET phonenumber = excluded.phonenumber;
INSERT INTO tab2 SELECT a, b, c FROM tab1 WHERE a IS NOT NULL ON CONFLICT(x) DO UPDATE SET y = excluded.y;
INSERT OR REPLACE INTO users VALUES('Bob', '919-555-1212');
-- lang_update.html and lang_delete.html.
UPDATE inventory SET quantity = quantity - daily.amt
FROM (SELECT sum(quantity) AS amt, itemid FROM sales GROUP BY 2) AS daily WHERE inventory.itemid = daily.itemid;
UPDATE tab1 SET c = c * 1.1, b = upper(b) WHERE a = 7;
DELETE FROM tab1 WHERE a NOT IN (SELECT x FROM tab2);
DELETE FROM sales WHERE quantity = 0 RETURNING itemid;
-- optoverview.html: the OR, BETWEEN and LIKE examples, and unary plus to keep
-- an index out on purpose.
SELECT * FROM tab1 WHERE a = 5 OR a = 11;
SELECT * FROM tab1 WHERE a BETWEEN 5 AND 10 AND b = 'hello';
SELECT * FROM tab1 WHERE +a = 5 AND b = 'x';
SELECT * FROM track WHERE name LIKE 'Black%';
-- windowfunctions.html.
SELECT x, y, row_number() OVER (ORDER BY y) AS row_number FROM t0 ORDER BY x;
SELECT a, b, group_concat(b, '.') OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM t1;
SELECT c, a, b, group_concat(b, '.') OVER (PARTITION BY c ORDER BY a) AS group_concat FROM t1 ORDER BY c, a;
SELECT x, y, ntile(4) OVER win AS quarter, lag(y) OVER win FROM t0 WINDOW win AS (ORDER BY x);
SELECT c, sum(a) FILTER (WHERE b <> 'B') FROM t1 GROUP BY c;
-- lang_aggfunc.html, json1.html, lang_datefunc.html.
SELECT count(*), count(b), total(c), avg(c) FROM tab1;
SELECT DISTINCT users.name FROM users, json_each(users.phone) WHERE json_each.value LIKE '704-%';
SELECT value FROM json_each('[1, 2, 3]') LIMIT 2;
SELECT date('now', 'start of month', '+1 month', '-1 day');
SELECT name FROM pragma_table_info('tab1') WHERE pk = 0;
-- lang_expr.html and datatype3.html.
SELECT CASE WHEN a > 5 THEN 'big' ELSE 'small' END FROM tab1;
SELECT CAST(b AS INTEGER) AS n FROM tab1 WHERE CAST(b AS INTEGER) > 5;
SELECT * FROM tab1 WHERE (a, b) = (1, 'x');
SELECT a < 40, a < '40', b < '40' FROM tab1;

-- Chinook's usual exercises.
SELECT first_name, last_name, country FROM listener WHERE country <> 'USA';
SELECT t.name, al.title, ar.name FROM track t JOIN album al ON al.album_id = t.album_id
JOIN artist ar ON ar.artist_id = al.artist_id ORDER BY ar.name, al.title, t.name;
SELECT ar.name, count(*) AS albums FROM artist ar JOIN album al USING (artist_id)
GROUP BY ar.artist_id ORDER BY albums DESC LIMIT 10;
SELECT billing_country, sum(total) AS sales FROM invoice GROUP BY billing_country ORDER BY sales DESC LIMIT 1;
SELECT strftime('%Y', invoice_date) AS year, count(*) FROM invoice
WHERE strftime('%Y', invoice_date) IN ('2009', '2011') GROUP BY year;
SELECT e.first_name, e.last_name, m.last_name AS boss FROM staff e LEFT JOIN staff m ON m.staff_id = e.reports_to;
SELECT p.name, count(pt.track_id) AS tracks FROM playlist p LEFT JOIN playlist_track pt ON pt.playlist_id = p.playlist_id
GROUP BY p.playlist_id, p.name;
SELECT g.name, round(avg(t.milliseconds) / 60000.0, 1) AS minutes FROM track t JOIN genre g USING (genre_id) GROUP BY g.name;
SELECT name FROM track WHERE milliseconds > (SELECT avg(milliseconds) FROM track) ORDER BY milliseconds DESC;
SELECT ar.name FROM artist ar LEFT JOIN album al ON al.artist_id = ar.artist_id WHERE al.album_id IS NULL;
SELECT l.email, coalesce(l.company, 'none') FROM listener l WHERE l.support_rep_id = 3;
SELECT email FROM listener WHERE lower(email) = 'ada@example.org';
WITH best AS (SELECT track_id, sum(quantity) AS sold FROM invoice_line GROUP BY track_id)
SELECT t.name, b.sold FROM best b JOIN track t ON t.track_id = b.track_id ORDER BY b.sold DESC, t.name LIMIT 5;
SELECT t.name FROM track t WHERE t.track_id NOT IN (SELECT track_id FROM invoice_line);
SELECT s.last_name, count(l.listener_id) FROM staff s LEFT JOIN listener l ON l.support_rep_id = s.staff_id
WHERE s.title = 'Sales Support Agent' GROUP BY s.staff_id;
SELECT name, milliseconds, rank() OVER (PARTITION BY album_id ORDER BY milliseconds DESC) AS place FROM track;

-- Northwind's usual exercises.
SELECT product_name, unit_price FROM nw_product WHERE discontinued = 0 ORDER BY unit_price DESC LIMIT 10 OFFSET 10;
SELECT c.company_name, o.order_id FROM nw_customer c LEFT JOIN nw_order o ON o.customer_id = c.customer_id
WHERE o.order_id IS NULL OR o.ship_country = 'France';
SELECT c.customer_id, c.company_name, sum(d.unit_price * d.quantity * (1 - d.discount)) AS spent
FROM nw_customer c JOIN nw_order o ON o.customer_id = c.customer_id JOIN nw_detail d ON d.order_id = o.order_id
WHERE o.order_date BETWEEN '1998-01-01' AND '1998-12-31' GROUP BY c.customer_id HAVING spent > 15000 ORDER BY spent DESC;
SELECT order_id FROM nw_order WHERE shipped_date IS NULL;
SELECT ship_country, avg(freight) FROM nw_order WHERE order_date >= '1997-01-01' GROUP BY ship_country ORDER BY 2 DESC LIMIT 3;
SELECT company_name FROM nw_customer WHERE customer_id NOT IN (SELECT customer_id FROM nw_order WHERE customer_id IS NOT NULL);
SELECT product_name FROM nw_product p WHERE EXISTS (SELECT 1 FROM nw_detail d WHERE d.product_id = p.product_id AND d.quantity > 100 LIMIT 1);
SELECT customer_id, company_name FROM nw_customer ORDER BY region IS NULL, region, customer_id;

-- The employees database's usual exercises.
SELECT d.dept_name, count(*) FROM departments d JOIN dept_emp de USING (dept_no) WHERE de.to_date = '9999-01-01' GROUP BY d.dept_name;
SELECT e.emp_no, e.last_name, s.salary FROM employees e JOIN salaries s ON s.emp_no = e.emp_no
WHERE s.to_date > '2002-08-01' ORDER BY s.salary DESC, e.emp_no LIMIT 20;
SELECT salary FROM salaries GROUP BY salary ORDER BY salary DESC LIMIT 1 OFFSET 1;
SELECT max(salary) FROM salaries WHERE salary < (SELECT max(salary) FROM salaries);
SELECT e1.emp_no, e2.emp_no FROM employees e1 JOIN employees e2 ON e1.last_name = e2.last_name AND e1.emp_no < e2.emp_no;
SELECT e.first_name, max(s.salary), s.from_date FROM employees e JOIN salaries s USING (emp_no) GROUP BY e.emp_no;
SELECT strftime('%Y', hire_date) AS year, gender, count(*) FROM employees GROUP BY year, gender ORDER BY year;
SELECT dept_no, avg(salary) - (SELECT avg(salary) FROM salaries) AS above FROM dept_emp JOIN salaries USING (emp_no) GROUP BY dept_no;

-- ==== On the shop, as its learners write them ====

SELECT * FROM customers WHERE id = 42;
SELECT name, email FROM customers WHERE country = 'NL' ORDER BY name;
SELECT name FROM customers WHERE country IS NULL;
SELECT count(*) FROM orders;
SELECT count(DISTINCT customer_id) FROM orders WHERE status = 'paid';
SELECT status, count(*) AS n FROM orders GROUP BY status ORDER BY n DESC;
SELECT status, round(sum(total), 2) FROM orders GROUP BY 1 HAVING count(*) > 10;
SELECT id, total FROM orders WHERE customer_id = 42 ORDER BY created_at DESC LIMIT 20;
SELECT id, created_at FROM orders WHERE created_at >= '2024-01-01' AND created_at < '2024-02-01';
SELECT id FROM orders WHERE date(created_at) = '2024-03-01';
SELECT strftime('%Y-%m', created_at) AS month, round(sum(total), 2) AS revenue FROM orders GROUP BY month ORDER BY month;
SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.total > 500;
SELECT c.name, count(o.id) AS orders FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id ORDER BY orders DESC, c.name;
SELECT c.id, c.name, c.email FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL;
SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.status = 'paid' GROUP BY c.id HAVING count(o.id) = 0;
SELECT c.name FROM customers c WHERE NOT EXISTS (SELECT 1 FROM reviews r WHERE r.customer_id = c.id);
SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM orders);
SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM page_views WHERE customer_id IS NOT NULL);
SELECT name FROM customers WHERE id IN (SELECT customer_id FROM page_views);
SELECT name FROM categories WHERE id NOT IN (SELECT parent_id FROM categories WHERE parent_id > 0);
SELECT name FROM products WHERE id NOT IN (1, 2, 3);
SELECT p.name, c.name FROM products p, categories c WHERE c.id = p.category_id AND p.stock = 0;
SELECT name, price FROM products WHERE price BETWEEN 10 AND 20 ORDER BY price, name;
SELECT name FROM products WHERE name LIKE 'Oak%';
SELECT name FROM products WHERE name LIKE '%chair%';
SELECT name FROM products ORDER BY price DESC LIMIT 5;
SELECT name, max(price) FROM products;
SELECT category_id, name, max(price) FROM products GROUP BY category_id;
SELECT category_id, min(price), max(price), avg(price) FROM products GROUP BY category_id;
SELECT avg(rating) FROM reviews WHERE product_id = 7;
SELECT p.name, avg(r.rating) AS stars, count(*) AS n FROM products p JOIN reviews r ON r.product_id = p.id GROUP BY p.id HAVING n >= 5 ORDER BY stars DESC;
SELECT p.id, p.name, sum(i.quantity) AS sold FROM order_items i JOIN products p ON p.id = i.product_id GROUP BY i.product_id ORDER BY sold DESC LIMIT 10;
SELECT o.id, c.name, count(*) AS items FROM orders o JOIN customers c ON c.id = o.customer_id JOIN order_items i ON i.order_id = o.id GROUP BY o.id;
SELECT c.name, sum(p.amount) FROM payments p JOIN orders o ON o.id = p.order_id JOIN customers c ON c.id = o.customer_id GROUP BY c.id, c.name;
SELECT method, count(*) FROM payments GROUP BY method;
SELECT o.id FROM orders o LEFT JOIN payments p ON p.order_id = o.id GROUP BY o.id HAVING coalesce(sum(p.amount), 0) < o.total;
SELECT o.id, coalesce(p.method, 'unpaid') FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE coalesce(p.amount, 0) < o.total;
SELECT o.id FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE p.amount IS NULL OR p.amount < o.total;
SELECT child.name, parent.name FROM categories child LEFT JOIN categories parent ON parent.id = child.parent_id;
SELECT child.name FROM categories child JOIN categories parent ON parent.id = child.parent_id WHERE parent.name = 'Kitchen';
WITH RECURSIVE tree(id, path) AS (SELECT id, name FROM categories WHERE parent_id IS NULL
  UNION ALL SELECT c.id, tree.path || ' / ' || c.name FROM categories c JOIN tree ON c.parent_id = tree.id) SELECT path FROM tree ORDER BY path;
WITH per_customer AS (SELECT customer_id, sum(total) AS spent FROM orders GROUP BY customer_id)
SELECT c.name, p.spent FROM per_customer p JOIN customers c ON c.id = p.customer_id WHERE p.spent > (SELECT avg(spent) FROM per_customer);
SELECT o.id, o.total / s.mean FROM orders o, (SELECT avg(total) AS mean FROM orders) AS s WHERE o.status = 'paid';
SELECT o.id, n.total FROM orders o CROSS JOIN (SELECT count(*) AS total FROM orders) n WHERE o.id < 10;
SELECT a.name, b.name FROM products a JOIN products b ON a.category_id = b.category_id AND a.id < b.id WHERE a.price = b.price;
SELECT o.total, c.name FROM orders o, customers c WHERE o.id = 7 AND c.id = 42;
SELECT o.id, i.id FROM orders o, order_items i WHERE o.id = 7 AND i.order_id = 7;
SELECT id, total, sum(total) OVER (PARTITION BY customer_id ORDER BY created_at) AS running FROM orders;
SELECT * FROM (SELECT id, customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY created_at DESC) AS nth FROM orders) WHERE nth = 1;
SELECT * FROM (SELECT name, price FROM products ORDER BY price DESC) LIMIT 3;
SELECT id, total, lag(total) OVER (ORDER BY id) AS before FROM orders WHERE customer_id = 3;
SELECT customer_id, count(*) FILTER (WHERE status = 'returned') AS returned FROM orders GROUP BY customer_id;
SELECT customer_id, product_id, viewed_at FROM page_views WHERE viewed_at > '2024-06-01' ORDER BY viewed_at, id LIMIT 50;
SELECT id, viewed_at FROM page_views WHERE (viewed_at, id) > ('2024-06-01', 100) ORDER BY viewed_at, id LIMIT 50;
SELECT id, name FROM customers WHERE id > 100 ORDER BY id LIMIT 25;
SELECT id, name FROM customers ORDER BY id LIMIT 25 OFFSET 25;
SELECT EXISTS (SELECT 1 FROM orders WHERE customer_id = 42) AS has_ordered;
SELECT 1 FROM orders WHERE id = 42 LIMIT 1;
SELECT count(*) FROM orders LIMIT 1;
SELECT * FROM orders LIMIT 0;
SELECT name FROM customers UNION ALL SELECT name FROM products ORDER BY name LIMIT 10;
SELECT product_id FROM order_items INTERSECT SELECT product_id FROM reviews;
SELECT country, count(*) FROM customers GROUP BY country ORDER BY count(*) DESC LIMIT 5;
SELECT coalesce(country, 'unknown') AS land, count(*) FROM customers GROUP BY land;
SELECT CASE WHEN total > 100 THEN 'big' ELSE 'small' END AS size, count(*) FROM orders GROUP BY size;
SELECT upper(country) AS country, count(*) FROM customers GROUP BY upper(country);
SELECT 'orders' AS what, count(*), max(total) FROM orders;
SELECT (SELECT count(*) FROM orders WHERE customer_id = c.id) AS n, c.name FROM customers c ORDER BY n DESC LIMIT 10;
SELECT id FROM orders WHERE total * 1.21 > 100;
SELECT id FROM orders WHERE total > 100.0 / 1.21;
SELECT id FROM orders WHERE created_at > date('2024-06-01', '-30 days');
SELECT id FROM orders WHERE id = '42';
SELECT name FROM products WHERE price > 10 AND stock < 5;
SELECT strftime('%Y', created_at) AS year FROM orders WHERE strftime('%Y', created_at) = '2024';
SELECT id FROM orders WHERE CAST(strftime('%m', created_at) AS INTEGER) = 12;
SELECT name FROM customers WHERE length(name) > 20;
SELECT r.rating, p.name FROM reviews r JOIN products p ON p.id = r.product_id WHERE r.body LIKE '%broken%' AND r.rating <= 2;
SELECT body FROM reviews WHERE product_id = 3 AND body IS NOT NULL;
SELECT id FROM orders WHERE status IN ('paid', 'shipped') AND customer_id IN (1, 2, 3);
SELECT group_concat(name, ', ') FROM products WHERE category_id = 2;
SELECT customer_id FROM orders GROUP BY customer_id HAVING count(*) = (SELECT max(n) FROM (SELECT count(*) AS n FROM orders GROUP BY customer_id));
SELECT DISTINCT country FROM customers ORDER BY country;
INSERT INTO categories (name) VALUES ('Garden');
INSERT INTO products (name, category_id, price, stock) SELECT name || ' (used)', category_id, price / 2, 1 FROM products WHERE id = 3;
INSERT INTO categories (id, name) VALUES (1, 'x') ON CONFLICT (id) DO NOTHING;
UPDATE orders SET status = 'shipped' WHERE id = 7;
UPDATE products SET price = round(price * 1.05, 2) WHERE category_id = 3;
UPDATE products SET stock = stock - (SELECT sum(quantity) FROM order_items WHERE product_id = products.id)
WHERE id IN (SELECT product_id FROM order_items WHERE order_id = 7);
UPDATE products SET stock = 0 WHERE true;
DELETE FROM page_views WHERE viewed_at < '2024-01-01';
DELETE FROM reviews WHERE customer_id NOT IN (SELECT id FROM customers);
CREATE INDEX orders_customer ON orders (customer_id, created_at);
CREATE VIEW paid_orders AS SELECT * FROM orders WHERE status = 'paid';
EXPLAIN QUERY PLAN SELECT * FROM orders WHERE customer_id = 42;
PRAGMA table_info(orders);
