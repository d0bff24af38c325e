insert into customers values (2, 'x')
insert into customers (id, name) values (2)
insert into customers (id, name) values (2, 'x'), (3)
insert into customers (id, email) values (9, 'x')
insert into customers (id, name, email) values (9, 'x', 'ada@example.org')
insert into customers (id, name) values (1, 'x')
insert into customers (id, name) values ('x', 'x')
insert into orders (customer_id) values (77)
insert into orders (status) values ('')
delete from customers where id = 1
update big_orders set total = 1
commit
