use proptest::prelude::*;

use super::*;

fn set(columns: &[&str], rows: &[&[Value]]) -> ResultSet {
    ResultSet {
        columns: columns
            .iter()
            .map(|name| Column {
                name: (*name).to_owned(),
                declared_type: None,
            })
            .collect(),
        rows: rows.iter().map(|row| row.to_vec()).collect(),
    }
}

fn int(i: i64) -> Value {
    Value::Integer(i)
}

fn text(t: &str) -> Value {
    Value::Text(t.to_owned())
}

fn criterion(toml: &str) -> Criterion {
    Criterion::from_toml(&format!("kind = \"rows\"\n{toml}")).unwrap()
}

/// What a learner would read, over all ways to read the columns.
fn told(criterion: &Criterion, expected: &ResultSet, got: &ResultSet) -> Option<String> {
    let mappings = match mappings(criterion, expected, got) {
        Ok(mappings) => mappings,
        Err(difference) => return Some(difference.to_string()),
    };
    let differences: Vec<_> = mappings
        .iter()
        .map(|mapping| difference(criterion, expected, got, mapping))
        .collect();
    if differences.contains(&None) {
        return None;
    }
    differences[0].as_ref().map(ToString::to_string)
}

fn told_free(expected: &[&[Value]], got: &[&[Value]]) -> String {
    let names: Vec<String> = (0..expected[0].len()).map(|at| format!("c{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    told(&criterion(""), &set(&names, expected), &set(&names, got)).unwrap_or_default()
}

fn one_value(expected: &Value, got: &Value) -> String {
    told_free(
        &[std::slice::from_ref(expected)],
        &[std::slice::from_ref(got)],
    )
}

#[test]
fn each_difference_has_its_sentence() {
    let a: &[Value] = &[int(1), text("a")];
    let b: &[Value] = &[int(2), text("b")];
    let none: &[Value] = &[int(3), Value::Null];
    insta::assert_snapshot!(told_free(&[a, b], &[a]), @"1 row is missing, such as (2, 'b')");
    insta::assert_snapshot!(told_free(&[a], &[b, a]), @"1 row is too many, such as (2, 'b')");
    insta::assert_snapshot!(told_free(&[a, a, b], &[a, b]), @"duplicates lost: 1 row is missing, such as another (1, 'a')");
    insta::assert_snapshot!(told_free(&[a, b], &[a, b, b]), @"rows repeated: 1 row is too many, such as another (2, 'b')");
    insta::assert_snapshot!(told_free(&[a, none], &[a]), @"NULLs dropped: 1 row is missing, such as (3, NULL)");
    insta::assert_snapshot!(told_free(&[a, b], &[a, &[int(2), text("c")]]), @"expected (2, 'b'), got (2, 'c')");
    insta::assert_snapshot!(told_free(&[a, b], &[none]), @"2 rows are missing and 1 should not be there: expected (1, 'a'), got (3, NULL)");
}

#[test]
fn null_is_neither_empty_nor_zero_and_text_is_no_number() {
    let pairs = [
        (Value::Null, text("")),
        (Value::Null, int(0)),
        (text("1"), int(1)),
        (Value::Blob(b"a".to_vec()), text("a")),
        (text("a"), text("A")),
    ];
    for (a, b) in pairs {
        assert_ne!(one_value(&a, &b), "", "{a:?} {b:?}");
    }
}

#[test]
fn numbers_are_equal_up_to_rounding() {
    let sum = [0.1f64, 0.2].iter().sum::<f64>();
    for (a, b) in [
        (Value::Real(sum), Value::Real(0.3)),
        (int(3), Value::Real(3.0)),
        (Value::Real(2.999_999_999_999), int(3)),
        (Value::Real(1e300), Value::Real(1e300 * (1.0 + 1e-12))),
        (Value::Real(f64::INFINITY), Value::Real(f64::INFINITY)),
        // On two sides of a rounding boundary of the hash key.
        (
            Value::Real(1.000_000_000_5),
            Value::Real(1.000_000_000_500_000_2),
        ),
    ] {
        assert_eq!(one_value(&a, &b), "", "{a:?}");
    }
    assert_ne!(
        told_free(&[&[Value::Real(1.0)]], &[&[Value::Real(1.000_001)]]),
        ""
    );
    let large = 9_007_199_254_740_993;
    assert_ne!(told_free(&[&[int(large)]], &[&[int(large - 1)]]), "");
}

#[test]
fn order_counts_only_where_it_is_asked_for_and_ties_are_a_bag() {
    let names = ["id", "day"];
    let rows: [&[Value]; 3] = [&[int(1), int(9)], &[int(2), int(5)], &[int(3), int(5)]];
    let expected = set(&names, &rows);
    let ties_swapped = set(&names, &[rows[0], rows[2], rows[1]]);
    let backwards = set(&names, &[rows[2], rows[1], rows[0]]);
    let by_day = criterion("ordered_by = [\"day desc\"]");
    assert_eq!(told(&by_day, &expected, &ties_swapped), None);
    assert_eq!(told(&criterion(""), &expected, &backwards), None);
    insta::assert_snapshot!(
        told(&by_day, &expected, &backwards).unwrap_or_default(),
        @"right rows, wrong order: day is 5 in row 1, expected 9"
    );
    let by_both = criterion("ordered_by = [\"day desc\", \"id\"]");
    insta::assert_snapshot!(
        told(&by_both, &expected, &ties_swapped).unwrap_or_default(),
        @"right rows, wrong order: id is 3 in row 2, expected 2"
    );
}

#[test]
fn columns_may_come_in_any_order_and_by_any_name_unless_stated() {
    let expected = set(
        &["id", "name"],
        &[&[int(1), text("a")], &[int(2), text("b")]],
    );
    let turned = set(
        &["who", "number"],
        &[&[text("a"), int(1)], &[text("b"), int(2)]],
    );
    assert_eq!(told(&criterion(""), &expected, &turned), None);

    let stated = criterion("columns = [\"id\", \"name\"]");
    insta::assert_snapshot!(
        told(&stated, &expected, &turned).unwrap_or_default(),
        @"the columns should be called id, name, and yours are who, number"
    );
    let by_name = set(
        &["NAME", "Id"],
        &[&[text("a"), int(1)], &[text("b"), int(2)]],
    );
    assert_eq!(told(&stated, &expected, &by_name), None);
    // Named rightly and filled wrongly.
    let crossed = set(
        &["name", "id"],
        &[&[int(1), text("a")], &[int(2), text("b")]],
    );
    assert!(told(&stated, &expected, &crossed).is_some());
}

#[test]
fn the_number_of_columns_is_told_and_the_one_too_many_named() {
    let expected = set(&["id"], &[&[int(1)]]);
    let got = set(&["id", "email"], &[&[int(1), text("a")]]);
    insta::assert_snapshot!(told(&criterion(""), &expected, &got).unwrap_or_default(), @"one column too many: email");
    insta::assert_snapshot!(told(&criterion(""), &got, &expected).unwrap_or_default(), @"the task asks for 2 columns, and your answer has 1");
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        (-3i64..4).prop_map(Value::Integer),
        (-3i64..4).prop_map(|i| Value::Real(i as f64 / 3.0)),
        "[a-b]{0,1}".prop_map(Value::Text),
    ]
}

fn rows() -> impl Strategy<Value = Vec<Vec<Value>>> {
    prop::collection::vec(prop::collection::vec(value(), 3), 1..12)
}

fn whole(rows: Vec<Vec<Value>>) -> ResultSet {
    let mut set = set(&["a", "b", "c"], &[]);
    set.rows = rows;
    set
}

proptest! {
    #[test]
    fn the_same_rows_in_any_order_of_rows_and_columns_are_right(
        rows in rows(),
        order in Just(vec![0usize, 1, 2]).prop_shuffle(),
        seed in any::<prop::sample::Index>(),
    ) {
        let expected = whole(rows.clone());
        let mut turned: Vec<Vec<Value>> = rows
            .iter()
            .map(|row| order.iter().map(|&at| row[at].clone()).collect())
            .collect();
        let pivot = seed.index(turned.len());
        turned.rotate_left(pivot);
        let mut got = whole(turned);
        for column in &mut got.columns {
            column.name.push('x');
        }
        prop_assert_eq!(told(&criterion(""), &expected, &got), None);
    }

    #[test]
    fn a_row_lost_or_repeated_is_always_noticed(rows in rows(), at in any::<prop::sample::Index>()) {
        let expected = whole(rows.clone());
        let mut fewer = rows.clone();
        let lost = fewer.remove(at.index(rows.len()));
        prop_assert!(told(&criterion(""), &expected, &whole(fewer)).is_some());
        let mut more = rows;
        more.push(lost);
        prop_assert!(told(&criterion(""), &expected, &whole(more)).is_some());
    }

    #[test]
    fn a_changed_value_is_noticed_where_names_are_stated(
        rows in rows(),
        at in any::<prop::sample::Index>(),
        column in 0usize..3,
    ) {
        let stated = criterion("columns = [\"a\", \"b\", \"c\"]");
        let expected = whole(rows.clone());
        let mut changed = rows;
        let at = at.index(changed.len());
        changed[at][column] = Value::Text("another".to_owned());
        prop_assert!(told(&stated, &expected, &whole(changed)).is_some());
    }
}
