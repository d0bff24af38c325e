-- On schemas/tpch.sql. Each query is in the manner of the one of TPC-H
-- (tpc.org/tpch, specification 3.0, chapter 2) that is named; the SQL is ours.

-- name: tpch-q1-pricing-summary   source: TPC-H Q1
SELECT l_returnflag, l_linestatus, sum(l_quantity), avg(l_extendedprice), count(*)
FROM lineitem WHERE l_shipdate <= '1998-09-02'
GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus;

-- name: tpch-q3-shipping-priority   source: TPC-H Q3
SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate
FROM customer JOIN orders ON o_custkey = c_custkey JOIN lineitem ON l_orderkey = o_orderkey
WHERE c_mktsegment = 'BUILDING' AND o_orderdate < '1992-03-15' AND l_shipdate > '1992-03-15'
GROUP BY l_orderkey, o_orderdate ORDER BY revenue DESC, o_orderdate LIMIT 10;

-- name: tpch-q4-order-priority   source: TPC-H Q4 (EXISTS)
SELECT o_orderpriority, count(*) FROM orders
WHERE o_orderdate >= '1993-07-01' AND o_orderdate < '1993-08-01'
  AND EXISTS (SELECT 1 FROM lineitem WHERE l_orderkey = o_orderkey AND l_commitdate < l_receiptdate)
GROUP BY o_orderpriority ORDER BY o_orderpriority;

-- name: tpch-q6-revenue-change   source: TPC-H Q6 (range)
SELECT sum(l_extendedprice * l_discount) FROM lineitem
WHERE l_shipdate >= '1994-01-01' AND l_shipdate < '1994-03-01'
  AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24;

-- name: tpch-q10-returned-items   source: TPC-H Q10
SELECT c_custkey, c_name, sum(l_extendedprice * (1 - l_discount)) AS revenue
FROM customer JOIN orders ON o_custkey = c_custkey JOIN lineitem ON l_orderkey = o_orderkey
WHERE o_orderdate BETWEEN '1993-10-01' AND '1993-10-31' AND l_returnflag = 'R'
GROUP BY c_custkey, c_name ORDER BY revenue DESC LIMIT 20;

-- name: tpch-q12-shipping-modes   source: TPC-H Q12 (IN)
SELECT l_shipmode, count(*) FROM lineitem JOIN orders ON o_orderkey = l_orderkey
WHERE l_shipmode IN ('MAIL', 'SHIP') AND l_receiptdate >= '1994-01-01' AND l_receiptdate < '1994-02-01'
GROUP BY l_shipmode;

-- name: tpch-q14-promotion   source: TPC-H Q14 (join and LIKE)
SELECT sum(CASE WHEN p_type LIKE 'TYPE 1%' THEN l_extendedprice ELSE 0 END) / sum(l_extendedprice)
FROM lineitem JOIN part ON l_partkey = p_partkey
WHERE l_shipdate >= '1995-09-01' AND l_shipdate < '1995-09-15';

-- name: tpch-q15-top-supplier   source: TPC-H Q15 (CTE)
WITH revenue AS (SELECT l_suppkey AS supplier, sum(l_extendedprice) AS total FROM lineitem
                 WHERE l_shipdate >= '1996-01-01' AND l_shipdate < '1996-01-20' GROUP BY l_suppkey)
SELECT s_suppkey, s_name, total FROM supplier JOIN revenue ON s_suppkey = supplier
WHERE total = (SELECT max(total) FROM revenue);

-- name: tpch-q17-small-quantity   source: TPC-H Q17 (correlated subquery)
SELECT sum(l_extendedprice) / 7.0 FROM lineitem JOIN part ON p_partkey = l_partkey
WHERE p_brand = 'Brand#23' AND p_container = 'BOX 9'
  AND l_quantity < (SELECT 0.2 * avg(l_quantity) FROM lineitem AS all_lines WHERE all_lines.l_partkey = p_partkey);

-- name: tpch-q18-large-orders   source: TPC-H Q18 (IN with a subquery)
SELECT c_name, o_orderkey, o_totalprice FROM customer JOIN orders ON c_custkey = o_custkey
WHERE o_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY l_orderkey HAVING sum(l_quantity) > 140)
ORDER BY o_totalprice DESC LIMIT 100;

-- name: tpch-q19-discounted   source: TPC-H Q19 (OR)
SELECT sum(l_extendedprice) FROM lineitem JOIN part ON p_partkey = l_partkey
WHERE (p_brand = 'Brand#12' AND l_quantity BETWEEN 1 AND 11)
   OR (p_brand = 'Brand#23' AND l_quantity BETWEEN 10 AND 20);

-- name: tpch-q22-sales-opportunity   source: TPC-H Q22 (NOT EXISTS, an expression)
SELECT substr(c_phone, 1, 2) AS country, count(*), sum(c_acctbal) FROM customer
WHERE substr(c_phone, 1, 2) IN ('13', '31') AND c_acctbal > 0
  AND NOT EXISTS (SELECT 1 FROM orders WHERE o_custkey = c_custkey)
GROUP BY country;
