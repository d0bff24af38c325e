//! Looks up every name that `dataset.toml` mentions.

use std::collections::BTreeMap;

use super::list::List;
use super::problem::Problem;
use super::rule::{Path, RowRule, Step, Table};
use super::shape::TableShape;
use super::written::{WrittenNull, WrittenRows, WrittenRule, WrittenSpec};
use crate::dataset::chance::Season;
use crate::dataset::nearest::{did_you_mean, nearest};

/// A rule as it is written, under the name of its column.
pub struct Named {
    pub name: String,
    pub null: Option<WrittenNull>,
    pub rule: WrittenRule,
}

/// A table as it is written, its columns in the order of the schema and then
/// the drawn ones.
pub struct NamedTable<'a> {
    pub name: &'a str,
    pub rows: &'a WrittenRows,
    pub columns: Vec<Named>,
    /// How many of the columns are the schema's.
    pub held: usize,
}

/// All that names can mean.
pub struct Names<'a> {
    pub tables: Vec<NamedTable<'a>>,
    pub lists: &'a [List],
    pub seasons: &'a BTreeMap<String, Season>,
}

/// The tables with all names looked up, or all that is wrong with them.
pub fn resolve(
    file: &str,
    written: &WrittenSpec,
    shapes: &[TableShape],
    lists: &[List],
) -> Result<Vec<Table>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut wrong = |place: String, problem: String| {
        problems.push(Problem {
            file: file.to_owned(),
            place,
            problem,
        });
    };
    for (name, season) in &written.seasons {
        if !season.is_sound() {
            let problem = "each weight has to be above zero";
            wrong(format!("seasons.{name}"), problem.to_owned());
        }
    }
    for shape in shapes {
        if !written.table.iter().any(|table| table.name == shape.name) {
            wrong(
                shape.name.clone(),
                "the schema has this table, but no [[table]] makes its rows".to_owned(),
            );
        }
    }
    let mut names = Names {
        tables: Vec::new(),
        lists,
        seasons: &written.seasons,
    };
    for table in &written.table {
        let mut columns = Vec::new();
        let Some(shape) = shapes.iter().find(|shape| shape.name == table.name) else {
            let known = nearest(&table.name, shapes.iter().map(|s| s.name.as_str()));
            wrong(
                table.name.clone(),
                format!(
                    "the schema has no such table{}",
                    did_you_mean(known.as_deref())
                ),
            );
            continue;
        };
        for column in table.columns.keys() {
            if !shape.columns.iter().any(|held| held.name == *column) {
                let known = nearest(column, shape.columns.iter().map(|c| c.name.as_str()));
                wrong(
                    format!("{}.{column}", table.name),
                    format!(
                        "the schema has no such column{}",
                        did_you_mean(known.as_deref())
                    ),
                );
            }
        }
        let held = shape.columns.iter().map(|held| {
            let rule = table.columns.get(&held.name);
            (&held.name, rule)
        });
        let drawn = table.drawn.iter().map(|(name, rule)| (name, Some(rule)));
        for (column, rule) in held.chain(drawn) {
            let named = rule
                .ok_or_else(|| "the schema has this column, but no rule makes it".to_owned())
                .and_then(|rule| parse_rule(column, rule));
            match named {
                Ok(named) => columns.push(named),
                Err(problem) => wrong(format!("{}.{column}", table.name), problem),
            }
        }
        if columns.len() > 64 {
            wrong(table.name.clone(), "more than 64 columns".to_owned());
        }
        names.tables.push(NamedTable {
            name: &table.name,
            rows: &table.rows,
            columns,
            held: shape.columns.len(),
        });
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut wrong = |place: String, problem: String| {
        problems.push(Problem {
            file: file.to_owned(),
            place,
            problem,
        });
    };
    let mut tables = Vec::new();
    for (index, named) in names.tables.iter().enumerate() {
        let rows = names.row_rule(index).unwrap_or_else(|problem| {
            wrong(format!("{}.rows", named.name), problem);
            RowRule::Lines(0)
        });
        let mut table = Table {
            name: named.name.to_owned(),
            rows,
            columns: Vec::new(),
            held: named.held,
            words: 0,
        };
        for at in 0..named.columns.len() {
            match names.column(index, at, table.words) {
                Ok((column, next_slot)) => {
                    table.columns.push(column);
                    table.words = next_slot;
                }
                Err(problem) => {
                    wrong(
                        format!("{}.{}", named.name, named.columns[at].name),
                        problem,
                    );
                }
            }
        }
        tables.push(table);
    }
    if problems.is_empty() {
        Ok(tables)
    } else {
        Err(problems)
    }
}

fn parse_rule(name: &str, value: &toml::Value) -> Result<Named, String> {
    let mut rule = value
        .as_table()
        .cloned()
        .ok_or("a rule is written like { rule = \"key\" }")?;
    let null = match rule.remove("null") {
        None => None,
        Some(null) => Some(written_null(null)?),
    };
    let rule = rule
        .try_into()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    Ok(Named {
        name: name.to_owned(),
        null,
        rule,
    })
}

fn written_null(value: toml::Value) -> Result<WrittenNull, String> {
    let null: Option<WrittenNull> = value.try_into().ok();
    let is_share = |share: &f64| (0.0..=1.0).contains(share);
    null.filter(|null| match null {
        WrittenNull::Share(share) => is_share(share),
        WrittenNull::By { of, .. } => of.values().all(is_share),
    })
    .ok_or_else(|| "null is a share of the rows, such as 0.02, or has by and of".to_owned())
}

impl Names<'_> {
    /// The way that `item.order_id.created_at` names, from a row of a table.
    pub fn path(&self, table: usize, text: &str) -> Result<Path, String> {
        let mut steps = Vec::new();
        let (mut table, mut is_random) = (table, false);
        let mut rest = text.split('.').peekable();
        while let Some(name) = rest.next() {
            let column = self.column_of(table, name)?;
            steps.push(Step {
                table,
                column,
                is_random,
            });
            if rest.peek().is_some() {
                match &self.tables[table].columns[column].rule {
                    WrittenRule::Reference { to, .. } => {
                        table = self.table(to)?;
                        is_random = true;
                    }
                    WrittenRule::Parent {} => {
                        table = self
                            .parent_of(table)
                            .ok_or("this table's rows are not made for each of others")?;
                    }
                    _ => return Err(format!("{name} in {text} leads to no row")),
                }
            }
        }
        Ok(Path { steps })
    }

    /// The table for each of whose rows a table has some.
    pub fn parent_of(&self, table: usize) -> Option<usize> {
        let each = self.tables[table].rows.each.as_ref()?;
        self.tables.iter().position(|table| table.name == each)
    }

    /// The list whose entries are the rows of a table.
    pub fn own_list(&self, table: usize) -> Result<usize, String> {
        let NamedTable { name, rows, .. } = &self.tables[table];
        let list = rows.list.as_ref();
        self.list(list.ok_or_else(|| format!("the rows of {name} are no list"))?)
    }

    /// The list whose entries a column refers to.
    pub fn list_behind(&self, table: usize, column: usize) -> Result<usize, String> {
        match &self.tables[table].columns[column].rule {
            WrittenRule::Reference { to, .. } => self.own_list(self.table(to)?),
            _ => Err("only a reference to a table with list has words".to_owned()),
        }
    }

    /// The lists that a drawn column combines.
    pub fn combined(&self, table: usize, column: usize) -> Option<&[String]> {
        match &self.tables[table].columns[column].rule {
            WrittenRule::Combination { of } => Some(of),
            _ => None,
        }
    }

    /// A table by its name.
    pub fn table(&self, name: &str) -> Result<usize, String> {
        let found = self.tables.iter().position(|table| table.name == name);
        found.ok_or_else(|| unknown("table", name, self.tables.iter().map(|table| table.name)))
    }

    /// A column of a table by its name.
    pub fn column_of(&self, table: usize, name: &str) -> Result<usize, String> {
        let columns = &self.tables[table].columns;
        let found = columns.iter().position(|column| column.name == name);
        let known = columns.iter().map(|column| column.name.as_str());
        found.ok_or_else(|| unknown("column", name, known))
    }

    /// A text list by its name.
    pub fn list(&self, name: &str) -> Result<usize, String> {
        let found = self.lists.iter().position(|list| list.name == name);
        let known = self.lists.iter().map(|list| list.name.as_str());
        found.ok_or_else(|| unknown("text list", name, known))
    }
}

/// `unknown season winter; did you mean ..?`
pub fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = nearest(name, known);
    format!("unknown {kind} {name}{}", did_you_mean(nearest.as_deref()))
}
