//! Which indexes are worth a thought: from what the planner was offered, and
//! from the expressions and constants that only the text shows.

use super::candidate::{Candidate, Part};
use super::recording::{Asked, How, Offer};
use super::schema::{Schema, Table};
use super::twin::Twin;
use super::written::{Constant, Hidden, Written};

/// No more than this many are priced.
const MOST: usize = 64;

/// An index that holds more columns than this is a second table.
const WIDEST: usize = 10;

/// A partial index is for a value that few rows have, of a column with few
/// values; for one of many values it would serve this one statement only.
const FEW_VALUES: u64 = 20;
const SMALL_SHARE: f64 = 0.35;

/// The candidates for a statement, without those that there are already.
///
/// `twin` holds a sample of the rows.
pub(super) fn of(
    schema: &Schema,
    offers: &[Offer],
    written: &Written,
    twin: &Twin,
) -> Vec<Candidate> {
    let mut found = Found {
        schema,
        all: Vec::new(),
    };
    let concerned: Vec<Concerned<'_>> = offers
        .iter()
        .filter_map(|offer| Concerned::of(schema, offer))
        .collect();
    for it in &concerned {
        found.ordinary(it);
    }
    for it in &concerned {
        let table = &it.table.name;
        for hidden in written.hidden.iter().filter(|h| h.table == *table) {
            found.computed(it, hidden);
        }
        for beside in written.beside.iter().filter(|b| b.table == *table) {
            let part = Part::column(it.table, beside.column, false);
            if it.table.rowid != part.column {
                found.with_and_without_tail(it, &[part], None);
            }
        }
        for constant in written.constants.iter().filter(|c| c.table == *table) {
            let column = &it.table.columns[constant.column].name;
            if twin.distinct(table, column) <= FEW_VALUES
                && twin.share(table, &constant.text) <= SMALL_SHARE
            {
                found.partial(it, constant);
            }
        }
    }
    found.all.truncate(MOST);
    found.all
}

/// An offer, sorted out.
struct Concerned<'a> {
    table: &'a Table,
    /// Compared with one value.
    equal: Vec<Part>,
    /// Compared with several.
    each: Vec<Part>,
    range: Vec<Part>,
    order: Vec<Part>,
    /// Columns read, without those that each index holds.
    used: Vec<usize>,
}

impl<'a> Concerned<'a> {
    /// `None` where no index is needed: the row is found by its rowid.
    fn of(schema: &'a Schema, offer: &Offer) -> Option<Concerned<'a>> {
        let table = schema.table(&offer.table)?;
        let is_rowid = |column: usize| table.rowid == Some(column);
        if offer
            .asked
            .iter()
            .any(|it| it.how == How::Equal && is_rowid(it.column))
        {
            return None;
        }
        let asked = |how: How| {
            let mut parts: Vec<Part> = Vec::new();
            for it in offer.asked.iter().filter(|it| it.how == how) {
                let part = asked_part(table, it);
                if !is_rowid(it.column) && !parts.contains(&part) {
                    parts.push(part);
                }
            }
            parts
        };
        let equal = asked(How::Equal);
        // What is equal is in any order; the rowid ends each index anyway.
        let order = offer
            .order
            .iter()
            .take_while(|(column, _)| !is_rowid(*column))
            .filter(|(column, _)| !equal.iter().any(|it| it.column == Some(*column)))
            .map(|(column, descending)| Part::column(table, *column, *descending))
            .collect();
        let all = 0..table.columns.len();
        // The key of a table without rowid ends each index, too.
        let is_held = |column: usize| is_rowid(column) || table.key.contains(&column);
        let used = all
            .filter(|column| offer.used & (1 << (*column).min(63)) != 0 && !is_held(*column))
            .collect();
        Some(Concerned {
            table,
            each: asked(How::Each),
            range: asked(How::Range),
            equal,
            order,
            used,
        })
    }

    fn used_parts(&self) -> Vec<Part> {
        let used = self.used.iter();
        used.map(|column| Part::column(self.table, *column, false))
            .collect()
    }
}

fn asked_part(table: &Table, asked: &Asked) -> Part {
    let mut part = Part::column(table, asked.column, false);
    if !asked
        .collation
        .eq_ignore_ascii_case(&table.columns[asked.column].collation)
    {
        part.text = format!("{} COLLATE {}", part.text, asked.collation);
    }
    part
}

struct Found<'a> {
    schema: &'a Schema,
    all: Vec<Candidate>,
}

impl Found<'_> {
    fn ordinary(&mut self, it: &Concerned<'_>) {
        let keys = keys(&it.equal, &it.each, &it.range, &it.order);
        for key in &keys {
            self.with_and_without_tail(it, key, None);
        }
        if keys.is_empty() {
            // A walk through fewer bytes.
            self.push(it.table, &it.used_parts(), 0, None);
        }
    }

    fn computed(&mut self, it: &Concerned<'_>, hidden: &Hidden) {
        let part = Part {
            text: hidden.text.clone(),
            column: None,
            descending: hidden.descending,
        };
        let one = std::slice::from_ref(&part);
        let none: &[Part] = &[];
        let keys = match hidden.how {
            Some(How::Equal) => {
                let equal = [it.equal.as_slice(), one].concat();
                let mut keys = keys(&equal, &it.each, &it.range, &it.order);
                keys.push(one.to_vec());
                keys
            }
            Some(How::Each) => keys(&it.equal, one, &it.range, &it.order),
            Some(How::Range) => keys(&it.equal, &it.each, one, none),
            None => keys(&it.equal, &it.each, none, one),
        };
        let only_inside: Vec<usize> = hidden.columns.clone();
        for key in &keys {
            self.push(it.table, key, key.len(), None);
            // What only the expression reads need not be held besides it.
            let mut rest = it.used_parts();
            rest.retain(|part| part.column.is_none_or(|c| !only_inside.contains(&c)));
            self.push(it.table, &with_tail(key, &rest), key.len(), None);
            self.push(it.table, &with_tail(key, &it.used_parts()), key.len(), None);
        }
    }

    fn partial(&mut self, it: &Concerned<'_>, constant: &Constant) {
        let other = |parts: &[Part]| -> Vec<Part> {
            let mut parts = parts.to_vec();
            parts.retain(|part| part.column != Some(constant.column));
            parts
        };
        let condition = Some(constant.text.as_str());
        let order = other(&it.order);
        let mut keys = keys(
            &other(&it.equal),
            &other(&it.each),
            &other(&it.range),
            &order,
        );
        if keys.is_empty() {
            keys.push(vec![Part::column(it.table, constant.column, false)]);
            let rest = other(&it.used_parts());
            self.push(it.table, &rest, 1, condition);
        }
        for key in &keys {
            self.push(it.table, key, key.len(), condition);
            let rest = other(&it.used_parts());
            self.push(it.table, &with_tail(key, &rest), key.len(), condition);
        }
    }

    fn with_and_without_tail(&mut self, it: &Concerned<'_>, key: &[Part], condition: Option<&str>) {
        self.push(it.table, key, key.len(), condition);
        let covering = with_tail(key, &it.used_parts());
        self.push(it.table, &covering, key.len(), condition);
    }

    /// Adds an index unless it is there already, or is the table over again.
    fn push(&mut self, table: &Table, key: &[Part], leading: usize, condition: Option<&str>) {
        let columns = table.columns.len() - usize::from(table.rowid.is_some()) - table.key.len();
        let is_second_table = key.len() > WIDEST || (key.len() >= columns && columns > 3);
        // In the order of the key of a table without rowid, and all of the rest.
        let finds = key.iter().take(leading.max(1)).map(|it| it.column);
        let own = table.key.iter().copied().map(Some);
        let not_own = |it: &&Part| it.column.is_none_or(|c| !table.key.contains(&c));
        let is_itself = !table.key.is_empty()
            && finds.zip(own).all(|(mine, own)| mine == own)
            && key.iter().filter(not_own).count() == columns;
        if key.is_empty() || is_itself || (is_second_table && key.len() > leading) {
            return;
        }
        let mut candidate = Candidate {
            table: table.name.clone(),
            name: String::new(),
            key: key.to_vec(),
            leading: leading.max(1),
            condition: condition.map(str::to_owned),
        };
        if candidate.exists(self.schema, table) || self.all.iter().any(|it| it.same(&candidate)) {
            return;
        }
        let taken = |name: &str| {
            let mut names = self.schema.names.iter();
            names.any(|it| it.eq_ignore_ascii_case(name))
                || self.all.iter().any(|it| it.name.eq_ignore_ascii_case(name))
        };
        let base = candidate.base_name(table);
        let numbered = (2..).map(|n| format!("{base}_{n}"));
        candidate.name = std::iter::once(base.clone())
            .chain(numbered)
            .find(|name| !taken(name))
            .unwrap_or(base.clone());
        self.all.push(candidate);
    }
}

/// The keys that serve: equality, then a range or an order, and the parts of
/// it where a shorter one may do.
fn keys(equal: &[Part], each: &[Part], range: &[Part], order: &[Part]) -> Vec<Vec<Part>> {
    let mut keys: Vec<Vec<Part>> = Vec::new();
    let mut add = |parts: &[&[Part]]| {
        let mut key: Vec<Part> = Vec::new();
        for part in parts.iter().copied().flatten() {
            if !key.iter().any(|it| it.is_on_same(part)) {
                key.push(part.clone());
            }
        }
        if !key.is_empty() && !keys.contains(&key) {
            keys.push(key);
        }
    };
    for one in range {
        add(&[equal, each, std::slice::from_ref(one)]);
    }
    if !order.is_empty() {
        add(&[equal, order]);
        add(&[equal, each, order]);
        add(&[equal, order, each, range]);
    }
    add(&[equal, each]);
    add(&[equal]);
    add(&[each]);
    for one in equal.iter().chain(each).chain(range) {
        add(&[std::slice::from_ref(one)]);
    }
    add(&[order]);
    keys
}

/// `key` and whatever of `rest` is not in it.
fn with_tail(key: &[Part], rest: &[Part]) -> Vec<Part> {
    let mut all = key.to_vec();
    for part in rest {
        if !all
            .iter()
            .any(|it| it.column == part.column && it.is_plain())
        {
            all.push(part.clone());
        }
    }
    all
}
