-- An online shop for home, kitchen and hobby goods.
--
-- Money (price, unit_price, total, amount) is a REAL in euros. Each value is
-- the nearest REAL to a whole number of cents, and each total was added up in
-- cents, so round(x, 2) of a sum is exact at every scale of this dataset.
-- A bookkeeping system would store whole cents as INTEGER.
--
-- Moments are TEXT in UTC, 'YYYY-MM-DD HH:MM:SS': they sort as they are, and
-- date(), strftime() and friends read them.
--
-- There is no index beyond the primary keys. Adding the right ones is yours.

-- A tree of three levels. Products hang on its leaves.
CREATE TABLE categories (
  id        INTEGER PRIMARY KEY,
  parent_id INTEGER REFERENCES categories (id),
  name      TEXT NOT NULL
);

CREATE TABLE products (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  category_id INTEGER NOT NULL REFERENCES categories (id),
  price       REAL NOT NULL CHECK (price > 0),
  stock       INTEGER NOT NULL CHECK (stock >= 0)
);

-- The country is NULL where a customer did not tell.
CREATE TABLE customers (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  email      TEXT NOT NULL,
  country    TEXT,
  created_at TEXT NOT NULL
);

-- The total is the sum of the order's items.
CREATE TABLE orders (
  id          INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  status      TEXT NOT NULL CHECK (status IN
              ('pending', 'paid', 'shipped', 'delivered', 'cancelled', 'returned')),
  total       REAL NOT NULL CHECK (total > 0),
  created_at  TEXT NOT NULL
);

-- The unit price is what the product cost in this order.
CREATE TABLE order_items (
  id         INTEGER PRIMARY KEY,
  order_id   INTEGER NOT NULL REFERENCES orders (id),
  product_id INTEGER NOT NULL REFERENCES products (id),
  quantity   INTEGER NOT NULL CHECK (quantity > 0),
  unit_price REAL NOT NULL CHECK (unit_price > 0)
);

-- An order has no payment yet, one, or two that add up to its total.
CREATE TABLE payments (
  id       INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES orders (id),
  amount   REAL NOT NULL CHECK (amount > 0),
  method   TEXT NOT NULL,
  paid_at  TEXT NOT NULL
);

-- Only a customer who ordered the product reviews it. The body is NULL where
-- only stars were given.
CREATE TABLE reviews (
  id          INTEGER PRIMARY KEY,
  product_id  INTEGER NOT NULL REFERENCES products (id),
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  rating      INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 5),
  body        TEXT,
  created_at  TEXT NOT NULL
);

-- The customer is NULL where nobody was signed in.
CREATE TABLE page_views (
  id          INTEGER PRIMARY KEY,
  customer_id INTEGER REFERENCES customers (id),
  product_id  INTEGER NOT NULL REFERENCES products (id),
  viewed_at   TEXT NOT NULL
);
