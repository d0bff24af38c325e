//! Pure text about SQL: lexing, splitting, normalising, naming the nearest name. No database handle: what is known of a schema comes as a plain value.
