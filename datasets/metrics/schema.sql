-- What sensors report.
--
-- Moments are TEXT in UTC, 'YYYY-MM-DD HH:MM:SS'. The readings and logs are of
-- December 2025.
--
-- There is no index beyond the primary keys. Adding the right ones is yours.

-- checked_at is NULL for a device that nobody has looked at since.
CREATE TABLE devices (
  id           INTEGER PRIMARY KEY,
  name         TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('indoor', 'outdoor', 'mobile')),
  firmware     TEXT NOT NULL,
  installed_at TEXT NOT NULL,
  checked_at   TEXT CHECK (checked_at > installed_at)
);

-- Stored in the order of its key: the readings of one device lie together, and
-- those of one moment do not. A value is NULL where the sensor failed.
CREATE TABLE readings (
  device_id   INTEGER NOT NULL REFERENCES devices (id),
  measured_at TEXT NOT NULL,
  temperature REAL,
  humidity    REAL CHECK (humidity BETWEEN 0 AND 100),
  battery     INTEGER NOT NULL CHECK (battery BETWEEN 0 AND 100),
  PRIMARY KEY (device_id, measured_at)
) WITHOUT ROWID;

-- details is JSON; which members it has depends on the event. resolved_at is
-- NULL until somebody has dealt with it.
CREATE TABLE logs (
  id          INTEGER PRIMARY KEY,
  device_id   INTEGER NOT NULL REFERENCES devices (id),
  event       TEXT NOT NULL,
  level       TEXT NOT NULL CHECK (level IN ('info', 'warning', 'error')),
  logged_at   TEXT NOT NULL,
  resolved_at TEXT CHECK (resolved_at > logged_at),
  details     TEXT NOT NULL CHECK (json_valid(details))
);
