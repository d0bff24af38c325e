//! Which columns may be keys by their names. Whether they are, the data says.

use super::infer::Column;
use super::value::Kind;

/// The column that may be the primary key of `table`: `id`, or a first column
/// such as `order_id` of `orders`. It has no NULL; that no two values are the
/// same is for SQLite to find out.
pub fn candidate(table: &str, columns: &[Column], rows: u64) -> Option<usize> {
    let fits = |column: &Column| rows > 0 && column.nulls == 0 && column.kind != Kind::Real;
    let called_id = columns
        .iter()
        .position(|column| column.name.eq_ignore_ascii_case("id"));
    let first = columns
        .first()
        .filter(|column| called_id.is_none() && is_id_of(&column.name, table))
        .map(|_| 0);
    called_id.or(first).filter(|index| fits(&columns[*index]))
}

/// Whether `column` is called as a column that refers to a row of `table`:
/// `customer_id` or `customerId` for `customers`.
pub fn is_id_of(column: &str, table: &str) -> bool {
    let (column, table) = (column.to_ascii_lowercase(), table.to_ascii_lowercase());
    let Some(owner) = column.strip_suffix("id") else {
        return false;
    };
    let owner = owner.trim_end_matches(['_', ' ', '-']);
    let singular = table.strip_suffix("ies").map(|stem| format!("{stem}y"));
    !owner.is_empty()
        && (owner == table
            || singular.as_deref() == Some(owner)
            || table.strip_suffix('s') == Some(owner)
            || table.strip_suffix("es") == Some(owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_references() {
        for (column, table) in [
            ("customer_id", "customers"),
            ("customerId", "Customers"),
            ("category_id", "categories"),
            ("address_id", "addresses"),
            ("staff_id", "staff"),
        ] {
            assert!(is_id_of(column, table), "{column} {table}");
        }
        for (column, table) in [
            ("id", "s"),
            ("city_id", "countries"),
            ("customer", "customers"),
            ("country_id", "cities"),
        ] {
            assert!(!is_id_of(column, table), "{column} {table}");
        }
    }
}
