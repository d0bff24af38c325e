//! In which order tables are drawn: those that others refer to come first.

use crate::dataset::Entity;

/// The index of the table that each reference of a table points to.
pub fn parents(entities: &[Entity], index: usize) -> impl Iterator<Item = usize> {
    let references = entities[index].references.iter();
    references.filter_map(|r| entities.iter().position(|entity| entity.name == r.to))
}

/// The tables' indexes: each behind those it refers to, otherwise as they come.
/// In a circle, the first begins.
pub fn parents_first(entities: &[Entity]) -> Vec<usize> {
    let mut placed = Vec::new();
    let mut left: Vec<usize> = (0..entities.len()).collect();
    while !left.is_empty() {
        let is_ready = |index: &usize| {
            parents(entities, *index).all(|parent| parent == *index || !left.contains(&parent))
        };
        let at = left.iter().position(is_ready).unwrap_or(0);
        placed.push(left.remove(at));
    }
    placed
}

/// How many references lead from each table to one without any, at most:
/// references that close a circle do not count.
pub fn depths(entities: &[Entity]) -> Vec<usize> {
    let order = parents_first(entities);
    let mut depths = vec![None; entities.len()];
    for index in order {
        let above = parents(entities, index).filter_map(|parent| depths[parent]);
        depths[index] = Some(above.map(|depth: usize| depth + 1).max().unwrap_or(0));
    }
    depths.into_iter().flatten().collect()
}
