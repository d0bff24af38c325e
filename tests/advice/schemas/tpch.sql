-- A small database in the shape of TPC-H (tpc.org/tpch), with made-up rows.
-- h(i, salt) below stands for a scrambled number: Knuth's multiplicative hash.
CREATE TABLE nation (n_nationkey INTEGER PRIMARY KEY, n_name TEXT NOT NULL, n_regionkey INTEGER NOT NULL);
CREATE TABLE part (p_partkey INTEGER PRIMARY KEY, p_name TEXT NOT NULL, p_brand TEXT NOT NULL,
  p_type TEXT NOT NULL, p_size INTEGER NOT NULL, p_container TEXT NOT NULL, p_retailprice REAL NOT NULL);
CREATE TABLE supplier (s_suppkey INTEGER PRIMARY KEY, s_name TEXT NOT NULL, s_nationkey INTEGER NOT NULL, s_acctbal REAL NOT NULL);
CREATE TABLE partsupp (ps_partkey INTEGER NOT NULL, ps_suppkey INTEGER NOT NULL, ps_availqty INTEGER NOT NULL,
  ps_supplycost REAL NOT NULL, PRIMARY KEY (ps_partkey, ps_suppkey)) WITHOUT ROWID;
CREATE TABLE customer (c_custkey INTEGER PRIMARY KEY, c_name TEXT NOT NULL, c_nationkey INTEGER NOT NULL,
  c_phone TEXT NOT NULL, c_acctbal REAL NOT NULL, c_mktsegment TEXT NOT NULL, c_comment TEXT NOT NULL);
CREATE TABLE orders (o_orderkey INTEGER PRIMARY KEY, o_custkey INTEGER NOT NULL, o_orderstatus TEXT NOT NULL,
  o_totalprice REAL NOT NULL, o_orderdate TEXT NOT NULL, o_orderpriority TEXT NOT NULL, o_comment TEXT NOT NULL);
CREATE TABLE lineitem (l_orderkey INTEGER NOT NULL, l_partkey INTEGER NOT NULL, l_suppkey INTEGER NOT NULL,
  l_linenumber INTEGER NOT NULL, l_quantity INTEGER NOT NULL, l_extendedprice REAL NOT NULL, l_discount REAL NOT NULL,
  l_returnflag TEXT NOT NULL, l_linestatus TEXT NOT NULL, l_shipdate TEXT NOT NULL, l_commitdate TEXT NOT NULL,
  l_receiptdate TEXT NOT NULL, l_shipmode TEXT NOT NULL, l_comment TEXT NOT NULL);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 24)
INSERT INTO nation SELECT i, 'NATION ' || i, i / 5 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a, (i + 77) * 2654435761 % 4294967296 / 65536 AS b FROM n)
INSERT INTO part SELECT i, 'part ' || a, 'Brand#' || (a % 25), 'TYPE ' || (b % 150), a % 50 + 1, 'BOX ' || (b % 40), 900 + a % 1000 FROM h;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
INSERT INTO supplier SELECT i, 'Supplier#' || i, i * 7 % 25, i * 37 % 9000 FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 7999)
INSERT OR IGNORE INTO partsupp SELECT i / 4 + 1, (i * 29 + i / 4) % 100 + 1, i * 31 % 9999, i * 13 % 1000 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a FROM n)
INSERT INTO customer SELECT i, 'Customer#' || i, a % 25, (10 + a % 25) || '-' || a, a % 9999 - 999,
  CASE a % 5 WHEN 0 THEN 'BUILDING' WHEN 1 THEN 'AUTOMOBILE' WHEN 2 THEN 'MACHINERY' WHEN 3 THEN 'HOUSEHOLD' ELSE 'FURNITURE' END,
  'no comment, customer number ' || i FROM h;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 15000),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a, (i + 991) * 2654435761 % 4294967296 / 65536 AS b FROM n)
INSERT INTO orders SELECT i, a % 3000 + 1, CASE WHEN b % 100 < 3 THEN 'P' WHEN b % 2 THEN 'O' ELSE 'F' END, 1000 + b % 300000,
  date('1992-01-01', '+' || (a % 2400) || ' days'), (b % 5 + 1) || '-PRIORITY', 'comment on order ' || i FROM h;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 44999),
h AS (SELECT i, i * 2654435761 % 4294967296 / 65536 AS a, (i + 5003) * 2654435761 % 4294967296 / 65536 AS b FROM n)
INSERT INTO lineitem SELECT i / 3 + 1, a % 2000 + 1, b % 100 + 1, i % 3 + 1, b % 50 + 1, 900 + a, (a % 11) / 100.0,
  CASE a % 4 WHEN 0 THEN 'R' WHEN 1 THEN 'A' ELSE 'N' END, CASE b % 2 WHEN 0 THEN 'O' ELSE 'F' END,
  date('1992-01-01', '+' || (a % 2500) || ' days'), date('1992-01-01', printf('%+d days', a % 2500 + b % 60 - 30)),
  date('1992-01-01', '+' || (a % 2500 + b % 30) || ' days'),
  CASE b % 7 WHEN 0 THEN 'AIR' WHEN 1 THEN 'RAIL' WHEN 2 THEN 'SHIP' WHEN 3 THEN 'MAIL' WHEN 4 THEN 'TRUCK' WHEN 5 THEN 'FOB' ELSE 'REG AIR' END,
  'comment on line ' || i FROM h;
