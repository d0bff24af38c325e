select nam from customers;
select c.nam from customers c
select customers.name from customers c
select x.name from customers c
select cs.name from customers cu
select orders.total from customers
select main.customers.nam from customers
select status from customers
select nam
select sum(total) as revenue from orders order by revenu
select * from customer
select * from main.customer
insert into customers (id, nam) values (2, 'x')
update customers set nam = 'x'
delete from customers where idd = 1
update customer set name = 'x'
drop table customer
drop index idx
create index i on orders(customer)
alter table customers drop column age
select * from big_orders where totl > 1
select id from customers c join orders o on c.id = o.customer_id
select * from customers c, orders c where c.id = 1
select * from customers join orders using (id, customer)
select * from customers c join orders o on c.id = o.customer
select lenght(name) from customers
select substr(name) from customers
select * from customers order by name collate nocas
drop view customers
