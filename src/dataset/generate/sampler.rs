//! What the rules of one dataset at one scale need ready before the first row.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::chance::{Alias, Moments, Scatter, below, label_hash, mix, zipf_weights};
use super::super::name::Scale;
use super::super::spec::{RowRule, Rule, Spec, per_rows};

/// Turns the random word of a cell into what its rule asks for.
#[derive(Debug)]
pub enum Sampler {
    /// The rule needs nothing.
    None,
    /// One of the first rows of a table, all alike.
    Uniform(u64),
    /// One of some rows, all alike.
    Among(Vec<u32>),
    /// A row by its popularity.
    Popularity(Arc<Alias>),
    /// A moment.
    Moments(Moments),
    /// A combination of list entries for each row.
    Combination {
        /// How many there are.
        all: u64,
        /// Their order.
        scatter: Scatter,
    },
}

impl Sampler {
    /// A row of the table that a reference leads to.
    pub fn row(&self, word: u64) -> i64 {
        match self {
            Sampler::Uniform(n) => below(word, *n) as i64,
            Sampler::Among(rows) => i64::from(rows[below(word, rows.len() as u64) as usize]),
            Sampler::Popularity(alias) => i64::from(alias.choose(word)),
            _ => 0,
        }
    }
}

/// How many rows each table has; `None` where that is known only by counting.
pub fn row_counts(spec: &Spec, scale: Scale) -> Vec<Option<u64>> {
    let count = |rows: &RowRule| match rows {
        RowRule::Lines(list) => Some(spec.lists()[*list].entries.len() as u64),
        RowRule::Per { share, at_least } => Some(per_rows(*share, *at_least, scale)),
        RowRule::Each { .. } => None,
    };
    spec.tables()
        .iter()
        .map(|table| count(&table.rows))
        .collect()
}

/// The sampler of each column of each table.
pub fn samplers(spec: &Spec, counts: &[Option<u64>], seed: u64) -> Vec<Vec<Sampler>> {
    let mut popularity = HashMap::new();
    let tables = spec.tables().iter();
    tables
        .map(|table| {
            let columns = table.columns.iter();
            columns
                .map(|column| match &column.rule {
                    Rule::Reference {
                        to, zipf, leaves, ..
                    } => {
                        let rows: Vec<u32> = match leaves {
                            Some(list) => leaf_rows(spec, *list),
                            None if *zipf == 0.0 => {
                                return Sampler::Uniform(counts[*to].unwrap_or(1));
                            }
                            None => Vec::new(),
                        };
                        if *zipf == 0.0 {
                            return Sampler::Among(rows);
                        }
                        let key = (*to, zipf.to_bits(), leaves.is_some());
                        let alias = popularity.entry(key).or_insert_with(|| {
                            let name = &spec.tables()[*to].name;
                            let n = counts[*to].unwrap_or(1);
                            Arc::new(popular(name, n, &rows, *zipf, seed))
                        });
                        Sampler::Popularity(Arc::clone(alias))
                    }
                    Rule::Moment {
                        from,
                        until,
                        growth,
                        season,
                        ..
                    } => Sampler::Moments(Moments::new(*from, *until, *growth, season.as_deref())),
                    Rule::Combination(lists) => {
                        let sizes = lists.iter().map(|list| spec.lists()[*list].entries.len());
                        let all = sizes.product::<usize>() as u64;
                        Sampler::Combination {
                            all,
                            scatter: Scatter::new(all, mix(seed ^ label_hash(&column.name))),
                        }
                    }
                    _ => Sampler::None,
                })
                .collect()
        })
        .collect()
}

fn leaf_rows(spec: &Spec, list: usize) -> Vec<u32> {
    (0..)
        .zip(&spec.lists()[list].entries)
        .filter(|(_, entry)| entry.is_leaf)
        .map(|(row, _)| row)
        .collect()
}

/// Zipf's law over the rows of a table, which rank being which row decided by
/// the seed and the table alone: what sells best is looked at most, too.
fn popular(table: &str, n: u64, rows: &[u32], exponent: f64, seed: u64) -> Alias {
    let n = if rows.is_empty() {
        n
    } else {
        rows.len() as u64
    };
    let scatter = Scatter::new(n, mix(seed ^ label_hash(table)));
    let ranked: Vec<u32> = (0..n)
        .map(|rank| {
            let place = scatter.place(rank);
            // Tables have fewer than 2^32 rows: 100 for each of 2,000,000 orders.
            rows.get(place as usize).copied().unwrap_or(place as u32)
        })
        .collect();
    Alias::new(&zipf_weights(n, exponent), &ranked)
}
