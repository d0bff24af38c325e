with big as (select id, total t from orders) select totl from big
with big as (select id, total t from orders) select b.totl from big b
select x from (select id from orders) s
select s.x from (select id from orders) s
select c.name, sum(o.totl) from customers c left join orders o on o.customer_id = c.id group by c.id
select c.name from customers c where not exists (select 1 from orders o where o.custmer_id = c.id)
select * from orders where created_at between '2024-01-01' '2024-02-01'
select * from orders where created_at > 2024-01-01 and
select count(*) from orders group by strftime('%Y', created_at
select name, case country when 'HU' then 1 else 0 from customers
select * from orders order by total desc limit 5 offset
select * from orders limit 5, 
select * from customers where name in ('a' 'b')
select * from customers where (country = 'HU' and name = 'x'
select * from customers where country = 'HU' and and name = 'x'
select * from customers where country = 'HU' or where name = 'x'
select * from customers join orders on customers.id = orders.customer_id where customers.name = Ada
select * from customers join orders where on customers.id = orders.customer_id
select id, name, from customers, orders
select * from customers, where id = 1
select * from customers group by country, having count(*) > 1
select * from customers order by
select * from customers order by name,
insert into customers (id, name) values (1, 'x'),
insert into customers (id name) values (1, 'x')
insert into customers (id, name values (1, 'x')
insert into customers (id, name) select
insert into customers id, name values (1, 'x')
update customers set (name = 'x') where id = 1
update customers set name = 'x' were id = 1
update customers set name to 'x'
update customers c set c.name = 'x'
delete from customers whre id = 1
delete from orders where customer_id = (select id from custmers)
create table t (id int, name varchar(20) not nul)
create table t (id int primary ky)
create table t (id int foreign key references customers(id))
create table (id int)
create tabel t (id int)
create index i on orders customer_id
create view v select * from orders
create trigger t after insert on orders begin select 1
create trigger t after insert orders begin select 1; end
drop tabel customers
drop customers
alter customers add column x
alter table customers add x int, y int
explain query select 1
select date(created_at) d, count(*) from orders group by d having cnt > 1
select distinct country, from customers
select all from customers
select count(*) as count, from customers
select * from "customers
select * from customers where id = :
select * from customers where id = ?1x
select {id} from customers
select id from customers where id <> null and name = `x`
select name from customers where name like '%a%
select max(total), min(total from orders
select upper name from customers
select o.id, c.name from orders o inner join customers c where o.customer_id = c.ID and c.foo = 1
select * from customers c join orders o on c.id == o.customer_id join products p on p.id = o.product_id
select rank() over (order total desc) from orders
select rank() over order by total from orders
select total over () from orders
select * from orders where status = 'new' && total > 10
select * from orders where !status
select * from orders where status is not 'x' and total >< 5
select * from orders where total >= > 5
select not from orders
select * from orders as
select * from orders o.status
select * from orders where o.status = 'x'
select id as 'order id' name from orders
select id from orders union all
select id from orders union order by id
select id from orders minus select id from customers
select * from orders outer join customers on 1
select * from orders full outer customers
select * from orders o left outer jon customers c on 1
select cast(id, text) from orders
select cast(id as text from orders
select substring(name from 1 for 2) from customers
select extract(year from created_at) from orders
select interval '1 day'
select name || from customers
select count(id) where id > 1 from customers
values 1, 2
pragma table_info(customers
begin transation
commit work
rollback transaction to
savepoint
select * from customer's
select * from users
select price from product
select 5 / from orders
select id from orders where id in select id from customers
select id from orders where id in (select id from customers
select id from orders where total > avg(total)
select avg(total) from orders where id = max(id)
select id from orders group by count(*)
select id from orders order by count(
select top(10) id from orders
select id from orders where exists (select 1 from customers c where c.id = orders.customerid)
select count from customers
select id from customers where name = 'a' nd id = 1
insert into customers (id, name) select 1 'x'
select id from orders where total in (select max(total) from orders group by customer)
select * from customers c left join orders o on c.id = o.customer_id and o.statsu = 'x'
select * from (select id, totl from orders)
