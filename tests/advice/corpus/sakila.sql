-- On schemas/sakila.sql: questions as they are asked of MySQL's Sakila
-- (dev.mysql.com/doc/sakila, "Usage Examples" and textbook exercises); the SQL
-- is ours.

-- name: sakila-overdue   source: Sakila manual, "Find Overdue DVDs" (partial)
SELECT r.rental_id, f.title FROM rental AS r JOIN inventory AS i ON i.inventory_id = r.inventory_id
JOIN film AS f ON f.film_id = i.film_id WHERE r.return_date IS NULL AND r.rental_date < '2005-06-10';

-- name: sakila-in-stock   source: Sakila, inventory_in_stock()
SELECT count(*) FROM rental WHERE inventory_id = 4321 AND return_date IS NULL;

-- name: sakila-films-of-actor   source: Sakila, textbook exercise
SELECT f.title FROM actor AS a JOIN film_actor AS fa ON fa.actor_id = a.actor_id JOIN film AS f ON f.film_id = fa.film_id
WHERE a.last_name = 'LAST42';

-- name: sakila-best-customers   source: Sakila, textbook exercise (GROUP BY, LIMIT)
SELECT customer_id, sum(amount) AS paid FROM payment GROUP BY customer_id ORDER BY paid DESC LIMIT 5;

-- name: sakila-rating-and-length   source: Sakila, textbook exercise (equality and range)
SELECT title, length FROM film WHERE rating = 'PG' AND length BETWEEN 60 AND 70;

-- name: sakila-rentals-of-day   source: Sakila, textbook exercise (an expression)
SELECT count(*) FROM rental WHERE date(rental_date) = '2005-07-04';

-- name: sakila-last-rental   source: Sakila, textbook exercise (max of a group)
SELECT max(rental_date) FROM rental WHERE customer_id = 130;

-- name: sakila-rank-films   source: Sakila, textbook exercise (window function)
SELECT rental_id, customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY rental_date DESC) AS nth
FROM rental WHERE customer_id BETWEEN 10 AND 14;

-- name: sakila-stores-with-both   source: Sakila, textbook exercise (INTERSECT)
SELECT film_id FROM inventory WHERE store_id = 1 AND film_id < 400 INTERSECT SELECT film_id FROM inventory WHERE store_id = 2 AND film_id < 400;
