select id, from customers
select *, from customers
select , id from customers
update customers set name = 'x', where id = 1
create table t(id int, name text,)
with x as (select 1), select * from x
select id name email from customers
select id, name email country from customers
select id from customers where id = 1 name = 'x'
select id from customers where id = 1 && name = 'x'
select * from customers where id => 1
select * from customers where id = = 1
select * from customers where not in (1)
select * from customers where id between 1, 10
select * from products where price > 1,000
select id from customers where id in 1, 2
insert into customers values 2, 'x'
select * from customers where exists select 1
select count( from customers
select min(id, name from customers
select id from customers where id = 1)
create table t id int
select 1a from customers
select x'0' from customers
select id ! from customers
select id from customers where id = @
