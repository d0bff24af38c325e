-- What the statements of good.sql run on, beside the shop's own tables.
-- Definitions are short and in our own spelling; the keys, NOT NULLs and
-- indexes are those that the sources tell.

-- After TPC-H, chapter 1.4.
CREATE TABLE region (r_regionkey INTEGER PRIMARY KEY, r_name TEXT NOT NULL, r_comment TEXT);
CREATE TABLE nation (
  n_nationkey INTEGER PRIMARY KEY, n_name TEXT NOT NULL,
  n_regionkey INTEGER NOT NULL REFERENCES region, n_comment TEXT);
CREATE TABLE supplier (
  s_suppkey INTEGER PRIMARY KEY, s_name TEXT NOT NULL, s_address TEXT NOT NULL,
  s_nationkey INTEGER NOT NULL REFERENCES nation, s_phone TEXT NOT NULL,
  s_acctbal DECIMAL(15, 2) NOT NULL, s_comment TEXT NOT NULL);
CREATE TABLE part (
  p_partkey INTEGER PRIMARY KEY, p_name TEXT NOT NULL, p_mfgr TEXT NOT NULL,
  p_brand TEXT NOT NULL, p_type TEXT NOT NULL, p_size INTEGER NOT NULL,
  p_container TEXT NOT NULL, p_retailprice DECIMAL(15, 2) NOT NULL);
CREATE TABLE partsupp (
  ps_partkey INTEGER NOT NULL REFERENCES part, ps_suppkey INTEGER NOT NULL REFERENCES supplier,
  ps_availqty INTEGER NOT NULL, ps_supplycost DECIMAL(15, 2) NOT NULL,
  PRIMARY KEY (ps_partkey, ps_suppkey));
CREATE TABLE h_customer (
  c_custkey INTEGER PRIMARY KEY, c_name TEXT NOT NULL, c_address TEXT NOT NULL,
  c_nationkey INTEGER NOT NULL REFERENCES nation, c_phone TEXT NOT NULL,
  c_acctbal DECIMAL(15, 2) NOT NULL, c_mktsegment TEXT NOT NULL, c_comment TEXT NOT NULL);
CREATE TABLE h_orders (
  o_orderkey INTEGER PRIMARY KEY, o_custkey INTEGER NOT NULL REFERENCES h_customer,
  o_orderstatus TEXT NOT NULL, o_totalprice DECIMAL(15, 2) NOT NULL, o_orderdate DATE NOT NULL,
  o_orderpriority TEXT NOT NULL, o_shippriority INTEGER NOT NULL, o_comment TEXT NOT NULL);
CREATE TABLE lineitem (
  l_orderkey INTEGER NOT NULL REFERENCES h_orders, l_partkey INTEGER NOT NULL,
  l_suppkey INTEGER NOT NULL, l_linenumber INTEGER NOT NULL, l_quantity DECIMAL(15, 2) NOT NULL,
  l_extendedprice DECIMAL(15, 2) NOT NULL, l_discount DECIMAL(15, 2) NOT NULL,
  l_tax DECIMAL(15, 2) NOT NULL, l_returnflag TEXT NOT NULL, l_linestatus TEXT NOT NULL,
  l_shipdate DATE NOT NULL, l_commitdate DATE NOT NULL, l_receiptdate DATE NOT NULL,
  l_shipinstruct TEXT NOT NULL, l_shipmode TEXT NOT NULL,
  PRIMARY KEY (l_orderkey, l_linenumber));
CREATE INDEX lineitem_shipdate ON lineitem (l_shipdate);
CREATE INDEX orders_orderdate ON h_orders (o_orderdate);

-- After Chinook.
CREATE TABLE artist (artist_id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE album (album_id INTEGER PRIMARY KEY, title TEXT NOT NULL, artist_id INTEGER NOT NULL REFERENCES artist);
CREATE TABLE genre (genre_id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE track (
  track_id INTEGER PRIMARY KEY, name TEXT NOT NULL, album_id INTEGER REFERENCES album,
  genre_id INTEGER REFERENCES genre, composer TEXT, milliseconds INTEGER NOT NULL,
  bytes INTEGER, unit_price NUMERIC(10, 2) NOT NULL);
CREATE TABLE playlist (playlist_id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE playlist_track (
  playlist_id INTEGER NOT NULL REFERENCES playlist, track_id INTEGER NOT NULL REFERENCES track,
  PRIMARY KEY (playlist_id, track_id));
CREATE TABLE staff (
  staff_id INTEGER PRIMARY KEY, last_name TEXT NOT NULL, first_name TEXT NOT NULL,
  title TEXT, reports_to INTEGER REFERENCES staff, hire_date DATETIME);
CREATE TABLE listener (
  listener_id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
  company TEXT, country TEXT, email TEXT NOT NULL, support_rep_id INTEGER REFERENCES staff);
CREATE TABLE invoice (
  invoice_id INTEGER PRIMARY KEY, listener_id INTEGER NOT NULL REFERENCES listener,
  invoice_date DATETIME NOT NULL, billing_country TEXT, total NUMERIC(10, 2) NOT NULL);
CREATE TABLE invoice_line (
  invoice_line_id INTEGER PRIMARY KEY, invoice_id INTEGER NOT NULL REFERENCES invoice,
  track_id INTEGER NOT NULL REFERENCES track, unit_price NUMERIC(10, 2) NOT NULL, quantity INTEGER NOT NULL);
CREATE INDEX track_album ON track (album_id);
CREATE INDEX track_name ON track (name);
CREATE INDEX listener_email ON listener (email);
CREATE INDEX listener_email_lower ON listener (lower(email));

-- After Northwind.
CREATE TABLE nw_customer (
  customer_id CHAR(5) PRIMARY KEY, company_name TEXT NOT NULL, city TEXT, region TEXT, country TEXT);
CREATE TABLE nw_order (
  order_id INTEGER PRIMARY KEY, customer_id CHAR(5) REFERENCES nw_customer, employee_id INTEGER,
  order_date DATE, shipped_date DATE, freight REAL, ship_country TEXT);
CREATE TABLE nw_product (
  product_id INTEGER PRIMARY KEY, product_name TEXT NOT NULL, category_id INTEGER,
  unit_price REAL, units_in_stock INTEGER, discontinued INTEGER NOT NULL);
CREATE TABLE nw_detail (
  order_id INTEGER NOT NULL REFERENCES nw_order, product_id INTEGER NOT NULL REFERENCES nw_product,
  unit_price REAL NOT NULL, quantity INTEGER NOT NULL, discount REAL NOT NULL,
  PRIMARY KEY (order_id, product_id));
CREATE INDEX nw_order_date ON nw_order (order_date);

-- After the employees sample database of MySQL.
CREATE TABLE employees (
  emp_no INTEGER PRIMARY KEY, birth_date DATE NOT NULL, first_name TEXT NOT NULL,
  last_name TEXT NOT NULL, gender TEXT NOT NULL, hire_date DATE NOT NULL);
CREATE TABLE departments (dept_no CHAR(4) PRIMARY KEY, dept_name TEXT NOT NULL UNIQUE);
CREATE TABLE dept_emp (
  emp_no INTEGER NOT NULL REFERENCES employees, dept_no CHAR(4) NOT NULL REFERENCES departments,
  from_date DATE NOT NULL, to_date DATE NOT NULL, PRIMARY KEY (emp_no, dept_no));
CREATE TABLE salaries (
  emp_no INTEGER NOT NULL REFERENCES employees, salary INTEGER NOT NULL,
  from_date DATE NOT NULL, to_date DATE NOT NULL, PRIMARY KEY (emp_no, from_date));

-- After the examples in SQLite's documentation.
CREATE TABLE tab1 (a INTEGER, b TEXT, c REAL);
CREATE TABLE tab2 (x INTEGER PRIMARY KEY, y TEXT, z REAL);
CREATE INDEX tab1_ab ON tab1 (a, b);
CREATE TABLE org (name TEXT PRIMARY KEY, boss TEXT REFERENCES org);
CREATE TABLE family (name TEXT PRIMARY KEY, mom TEXT, dad TEXT, born DATETIME, died DATETIME);
CREATE TABLE edge (aa INTEGER, bb INTEGER);
CREATE TABLE vocabulary (word TEXT PRIMARY KEY, count INTEGER DEFAULT 1);
CREATE TABLE phonebook (name TEXT PRIMARY KEY, phonenumber TEXT, validdate DATE);
CREATE TABLE inventory (itemid INTEGER PRIMARY KEY, quantity INTEGER NOT NULL);
CREATE TABLE sales (itemid INTEGER NOT NULL, quantity INTEGER NOT NULL);
CREATE TABLE users (name TEXT PRIMARY KEY, phone TEXT NOT NULL);
CREATE TABLE t0 (x INTEGER PRIMARY KEY, y TEXT);
CREATE TABLE t1 (a INTEGER PRIMARY KEY, b TEXT, c TEXT);
