show tables
describe customers
truncate table customers
select top 10 * from customers
select * from customers where name ilike 'a%'
select id::text from customers
select now()
select len(name) from customers
select isnull(name, '') from customers
select distinct on (id) * from customers
select * from customers fetch first 5 rows only
create table t(id integer primary key auto_increment)
insert into customers set name = 'x'
alter table customers modify name text
