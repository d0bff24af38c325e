-- On schemas/luke.sql: the situations that the chapters of "Use The Index,
-- Luke!" (use-the-index-luke.com) are about; the SQL is ours.

-- name: luke-concatenated   source: Use The Index, Luke: "Concatenated Keys"
SELECT first_name, last_name FROM employees WHERE subsidiary_id = 20;

-- name: luke-function   source: Use The Index, Luke: "Case-Insensitive Search"
SELECT first_name, last_name, phone_number FROM employees WHERE upper(last_name) = 'WINAND';

-- name: luke-range-and-equality   source: Use The Index, Luke: "Greater, Less and BETWEEN"
SELECT first_name, last_name, date_of_birth FROM employees
WHERE date_of_birth >= '1971-01-01' AND date_of_birth <= '1971-06-30' AND subsidiary_id = 27;

-- name: luke-like   source: Use The Index, Luke: "Indexing LIKE Filters"
SELECT first_name, last_name FROM employees WHERE upper(last_name) LIKE 'WIN%D';

-- name: luke-partial   source: Use The Index, Luke: "Partial Indexes"
SELECT message FROM messages WHERE processed = 'N' AND receiver = 77;

-- name: luke-all-unprocessed   source: Use The Index, Luke: "Partial Indexes"
SELECT id, receiver, message FROM messages WHERE processed = 'N' ORDER BY id;

-- name: luke-math   source: Use The Index, Luke: "Math"
SELECT sale_id FROM sales WHERE eur_value + 100 = 555;

-- name: luke-index-only   source: Use The Index, Luke: "Index-Only Scan"
SELECT sum(eur_value) FROM sales WHERE subsidiary_id = 12;

-- name: luke-order-by   source: Use The Index, Luke: "Indexed Order By"
SELECT sale_id, product_id, eur_value FROM sales WHERE sale_date = '2022-05-01' ORDER BY product_id;

-- name: luke-group-by   source: Use The Index, Luke: "Indexed Group By"
SELECT product_id, sum(eur_value) FROM sales WHERE sale_date = '2022-05-01' GROUP BY product_id;

-- name: luke-top-n   source: Use The Index, Luke: "Querying Top-N Rows"
SELECT sale_id, sale_date, product_id FROM sales ORDER BY sale_date DESC LIMIT 10;

-- name: luke-keyset   source: Use The Index, Luke: "Paging Through Results"
SELECT sale_id, sale_date FROM sales WHERE (sale_date, sale_id) < ('2021-12-01', 28001) ORDER BY sale_date DESC, sale_id DESC LIMIT 10;

-- name: luke-hash-join   source: Use The Index, Luke: "Hash Join" (a join with a filter on each side)
SELECT e.last_name, s.sale_date, s.eur_value FROM sales AS s
JOIN employees AS e ON e.subsidiary_id = s.subsidiary_id AND e.employee_id = s.employee_id
WHERE s.sale_date > '2023-05-20' AND e.last_name = 'Winand';
