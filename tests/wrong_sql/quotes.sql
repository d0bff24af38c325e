select * from customers where country = "HU"
select "nam" from customers
select * from customers where country = 'HU
select * from customers where country = "HU
select * from customers where name = 'O'Brien'
select * from customers where name = ‘Ada’
select * from orders where status = shipped
select * from orders where status in (shipped, 'new')
select id from customers limit ten
select name from customers
