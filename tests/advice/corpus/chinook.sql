-- On schemas/chinook.sql: questions as they are asked of the Chinook sample
-- database (github.com/lerocha/chinook-database) in tutorials; the SQL is ours.

-- name: chinook-tracks-of-artist   source: Chinook, sqlitetutorial.net "INNER JOIN"
SELECT t.name, al.title FROM artist AS ar JOIN album AS al ON al.artist_id = ar.artist_id
JOIN track AS t ON t.album_id = al.album_id WHERE ar.name = 'Artist 100' ORDER BY al.title, t.name;

-- name: chinook-artists-without-album   source: Chinook, sqlitetutorial.net "LEFT JOIN"
SELECT ar.name FROM artist AS ar LEFT JOIN album AS al ON al.artist_id = ar.artist_id
WHERE al.album_id IS NULL ORDER BY ar.name;

-- name: chinook-long-tracks   source: Chinook, sqlitetutorial.net "ORDER BY"
SELECT name, milliseconds FROM track ORDER BY milliseconds DESC LIMIT 10;

-- name: chinook-albums-longer-than   source: Chinook, sqlitetutorial.net "HAVING"
SELECT album_id, sum(milliseconds) AS length FROM track GROUP BY album_id HAVING length > 4000000;

-- name: chinook-composers   source: Chinook, sqlitetutorial.net "DISTINCT"
SELECT DISTINCT composer FROM track ORDER BY composer;

-- name: chinook-like-prefix   source: Chinook, sqlitetutorial.net "LIKE"
SELECT track_id, name FROM track WHERE name LIKE 'Track 1234%';

-- name: chinook-glob-prefix   source: Chinook, sqlitetutorial.net "GLOB"
SELECT track_id, name FROM track WHERE name GLOB 'Track 1234*';

-- name: chinook-last-name-nocase   source: Chinook; a column declared COLLATE NOCASE
SELECT first_name, last_name, email FROM customer WHERE last_name = 'LAST77';

-- name: chinook-email-nocase   source: Chinook; COLLATE NOCASE in the query
SELECT customer_id, first_name FROM customer WHERE email = 'user4711@example.com' COLLATE NOCASE;

-- name: chinook-sales-by-country   source: Chinook, the "total sales per country" exercise
SELECT billing_country, sum(total) AS sales FROM invoice GROUP BY billing_country ORDER BY sales DESC;

-- name: chinook-invoices-of-rep   source: Chinook, the "invoices per sales agent" exercise
SELECT i.invoice_id, i.total FROM customer AS c JOIN invoice AS i ON i.customer_id = c.customer_id
WHERE c.support_rep_id = 3 AND c.country = 'Country 5';

-- name: chinook-sale-view   source: Chinook; through a view
SELECT sum(amount) FROM sale WHERE customer_id = 42;

-- name: chinook-never-bought   source: Chinook, the "tracks nobody bought" exercise (NOT EXISTS)
SELECT count(*) FROM track AS t WHERE NOT EXISTS (SELECT 1 FROM invoice_line AS l WHERE l.track_id = t.track_id);

-- name: chinook-in-subquery   source: Chinook, sqlitetutorial.net "Subquery"
SELECT track_id, name FROM track WHERE album_id IN (SELECT album_id FROM album WHERE artist_id = 12);

-- name: chinook-union   source: Chinook, sqlitetutorial.net "UNION"
SELECT name FROM track WHERE genre_id = 3 AND unit_price > 1 UNION SELECT name FROM track WHERE composer = 'Composer 12';

-- name: chinook-reprice   source: Chinook, sqlitetutorial.net "UPDATE"
UPDATE track SET unit_price = 0.79 WHERE album_id = 55;

-- name: chinook-delete-from-playlists   source: Chinook, sqlitetutorial.net "DELETE"
DELETE FROM playlist_track WHERE track_id = 777;
