selct * from customers
SELCT * FROM customers
select * form customers
select name form customers
select * from customers wher id = 1
select * from customers c wher c.id = 1
select * from customers gruop by country
select country from customers group bt country
select country from customers order country
select * from customers order by name dsc
select * from customers inner jion orders on orders.customer_id = customers.id
select * from customers jion orders on orders.customer_id = customers.id
select * from customers natural jon orders
select * from customers left orders
insert into customers (id, name) valeus (1, 'x')
insert customers values (2, 'x')
delete customers
update customers name = 'x'
update from customers set name = 'x'
create index on orders(customer_id)
create index i orders(customer_id)
create table order (id int)
insert into orders (id, group) values (1, 2)
select group from orders
begin begin
from customers select *
