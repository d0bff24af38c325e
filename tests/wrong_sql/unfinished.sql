select * from
select id from customers where
select * from customers where name like
select * from customers where id = 1 or
select * from customers where name is not
select id from customers where id in (1, 2
create table t(id int, name text
select case when id = 1 then 'a'
with x as (select 1)
select name from customers as
insert into customers
