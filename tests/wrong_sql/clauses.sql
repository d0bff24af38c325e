select * from customers limit 10 order by name
select * from customers order by name where id = 1
select name from customers where id = 1 where name = 'x'
select * customers
select from customers
select *
select name as from customers
select case when id = 1 then 'a' from customers
select case id = 1 then 'a' end from customers
select name from customers order by id union select name from products
select name from customers union select id, name from customers
select name from customers order by 3
select name from customers having id > 1
select country from customers where count(*) > 1 group by country
select country, count(*) n from customers where n > 1 group by country
select sum(count(*)) from customers
update customers set country = count(*)
select row_number() from customers
select id from customers where row_number() over (order by id) = 1
delete * from customers
delete from customers limit 1
select * from customers where id = (select id, name from customers)
with x (select 1) select * from x
