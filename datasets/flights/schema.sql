-- The air traffic of 2024 and 2025 as one company sees it.
--
-- Moments are TEXT in UTC, 'YYYY-MM-DD HH:MM:SS'. A delay is the difference of
-- two of them: (julianday(departed_at) - julianday(scheduled_departure)) * 1440
-- is in minutes.
--
-- There is no index beyond the primary keys. Adding the right ones is yours.

CREATE TABLE airports (
  id        INTEGER PRIMARY KEY,
  code      TEXT NOT NULL,
  name      TEXT NOT NULL,
  city      TEXT NOT NULL,
  country   TEXT NOT NULL,
  latitude  REAL NOT NULL CHECK (latitude BETWEEN -90 AND 90),
  longitude REAL NOT NULL CHECK (longitude BETWEEN -180 AND 180)
);

CREATE TABLE carriers (
  id      INTEGER PRIMARY KEY,
  code    TEXT NOT NULL,
  name    TEXT NOT NULL,
  country TEXT NOT NULL
);

CREATE TABLE aircraft (
  id           INTEGER PRIMARY KEY,
  registration TEXT NOT NULL,
  carrier_id   INTEGER NOT NULL REFERENCES carriers (id),
  model        TEXT NOT NULL,
  built_in     INTEGER NOT NULL
);

-- A cancelled flight neither departed nor arrived; one that was diverted did
-- not arrive where it should have. Those times are NULL.
CREATE TABLE flights (
  id                  INTEGER PRIMARY KEY,
  number              INTEGER NOT NULL,
  aircraft_id         INTEGER NOT NULL REFERENCES aircraft (id),
  carrier_id          INTEGER NOT NULL REFERENCES carriers (id),
  origin_id           INTEGER NOT NULL REFERENCES airports (id),
  destination_id      INTEGER NOT NULL REFERENCES airports (id),
  distance_km         INTEGER NOT NULL CHECK (distance_km > 0),
  status              TEXT NOT NULL CHECK (status IN ('landed', 'cancelled', 'diverted')),
  scheduled_departure TEXT NOT NULL,
  scheduled_arrival   TEXT NOT NULL,
  departed_at         TEXT,
  arrived_at          TEXT,
  CHECK (origin_id <> destination_id)
);
