//! What depends on what: finds rules that go in a circle, and what a copied or
//! computed cell stands for.

use super::rule::{By, Meaning, Path, Piece, RowRule, Rule, Table};

/// A column by its table and its own index.
type At = (usize, usize);

/// Fills in the meanings that follow from other columns. Fails with the place
/// and what is wrong.
pub fn settle(tables: &mut [Table]) -> Result<(), (String, String)> {
    let mut order = Vec::new();
    let mut state: Vec<Vec<Visit>> = tables
        .iter()
        .map(|table| vec![Visit::New; table.columns.len()])
        .collect();
    for table in 0..tables.len() {
        for column in 0..tables[table].columns.len() {
            visit(tables, (table, column), &mut state, &mut order)
                .map_err(|at| (label(tables, at), "depends on itself".to_owned()))?;
        }
    }
    for (table, column) in order {
        let meaning = meaning(tables, (table, column))
            .map_err(|problem| (label(tables, (table, column)), problem))?;
        tables[table].columns[column].meaning = meaning;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    New,
    Open,
    Done,
}

fn label(tables: &[Table], (table, column): At) -> String {
    let table = &tables[table];
    format!("{}.{}", table.name, table.columns[column].name)
}

/// Depth first, so that `order` has a column after all that it depends on.
fn visit(
    tables: &[Table],
    at: At,
    state: &mut [Vec<Visit>],
    order: &mut Vec<At>,
) -> Result<(), At> {
    match state[at.0][at.1] {
        Visit::Done => return Ok(()),
        Visit::Open => return Err(at),
        Visit::New => state[at.0][at.1] = Visit::Open,
    }
    for on in dependencies(tables, at) {
        visit(tables, on, state, order)?;
    }
    state[at.0][at.1] = Visit::Done;
    order.push(at);
    Ok(())
}

fn dependencies(tables: &[Table], (table, column): At) -> Vec<At> {
    let along = |path: &Path| -> Vec<At> {
        path.steps
            .iter()
            .map(|step| (step.table, step.column))
            .collect()
    };
    let by = |by: &Option<By>| by.as_ref().map_or_else(Vec::new, |by| along(&by.path));
    let number_of = |table: usize| match &tables[table].rows {
        RowRule::Each { by: on, .. } => by(on),
        _ => Vec::new(),
    };
    let column_rules = &tables[table].columns[column];
    let null = column_rules.null.as_ref();
    let mut on = null.map_or_else(Vec::new, |null| by(&null.by));
    on.extend(match &column_rules.rule {
        Rule::Copy(path) => along(path),
        Rule::After(after) => {
            let each = after.each.iter().map(|(path, _)| path);
            after.of.iter().chain(each).flat_map(along).collect()
        }
        Rule::Distance { between, .. } => between.iter().flat_map(along).collect(),
        Rule::Between {
            plus: Some(path), ..
        } => along(path),
        Rule::Share(path) => [along(path), number_of(table)].concat(),
        Rule::Sum { of, times } => {
            let mut on = number_of(*of);
            on.extend(times.map(|column| (*of, column)));
            on
        }
        Rule::Reference {
            to,
            since: Some((theirs, ours)),
            ..
        } => vec![(*to, *theirs), (table, *ours)],
        Rule::Reference {
            except: Some(other),
            ..
        } => vec![(table, *other)],
        Rule::Template { by: on, texts } => {
            let pieces = texts.iter().flatten();
            let values = pieces.filter_map(|piece| match piece {
                Piece::Value { column } => Some((table, *column)),
                _ => None,
            });
            values.chain(by(on)).collect()
        }
        _ => Vec::new(),
    });
    on
}

fn meaning(tables: &[Table], (table, column): At) -> Result<Meaning, String> {
    let of = |(table, column): At| tables[table].columns[column].meaning;
    let end = |path: &Path| {
        let last = path.steps[path.steps.len() - 1];
        of((last.table, last.column))
    };
    let column = &tables[table].columns[column];
    match &column.rule {
        Rule::Copy(path) => match end(path) {
            Meaning::Text | Meaning::Combination | Meaning::Back => {
                Err("a text cannot be copied".to_owned())
            }
            other => Ok(other),
        },
        Rule::Share(path) => match end(path) {
            amount @ (Meaning::Whole | Meaning::Cents) => Ok(amount),
            _ => Err("only a number has shares".to_owned()),
        },
        Rule::Sum { of: rows, times } => match times.map(|column| of((*rows, column))) {
            [Meaning::Whole, Meaning::Whole] => Ok(Meaning::Whole),
            [Meaning::Whole, Meaning::Cents] | [Meaning::Cents, Meaning::Whole] => {
                Ok(Meaning::Cents)
            }
            _ => Err("a sum multiplies a whole number with a number".to_owned()),
        },
        Rule::After(after) if after.of.iter().any(|of| end(of) != Meaning::Moment) => {
            Err("only a moment has one after it".to_owned())
        }
        Rule::After(after) if (after.each.iter()).any(|(of, _)| end(of) != Meaning::Whole) => {
            Err("hours_each is for whole numbers".to_owned())
        }
        Rule::Between {
            plus: Some(path), ..
        } if end(path) != column.meaning => {
            Err("plus is a number with as many decimals".to_owned())
        }
        Rule::Distance { between, .. } if between.iter().any(|of| end(of) != Meaning::Row) => {
            Err("a distance is between two rows".to_owned())
        }
        Rule::Template { texts, .. }
            if texts.iter().flatten().any(|piece| match piece {
                Piece::Value { column } => matches!(
                    of((table, *column)),
                    Meaning::Text | Meaning::Combination | Meaning::Back
                ),
                _ => false,
            }) =>
        {
            Err("a template takes the value of a number, a choice, a moment or a row".to_owned())
        }
        Rule::Reference {
            to,
            since: Some((theirs, ours)),
            ..
        } if of((*to, *theirs)) != Meaning::Moment || of((table, *ours)) != Meaning::Moment => {
            Err("exists_from and at are moments".to_owned())
        }
        _ => Ok(column.meaning),
    }
}
