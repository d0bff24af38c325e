-- fires
SELECT track_id FROM track WHERE name LIKE '%love%';
SELECT track_id FROM track t WHERE t.name LIKE '_ove' AND t.milliseconds > 1000;
-- silent
SELECT track_id FROM track WHERE name LIKE 'love%';
SELECT track_id FROM track WHERE name NOT LIKE '%love%';
SELECT id FROM products WHERE name LIKE '%chair%';
SELECT '%x%' LIKE name FROM track;
