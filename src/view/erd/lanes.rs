//! Which vertical lane each bundle of lines runs in, beside a column of boxes.

/// What one lane carries: the row of a key, and the rows that refer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The row of the key.
    pub key: usize,
    /// The rows that refer to it, in any order.
    pub from: Vec<usize>,
}

impl Bundle {
    fn span(&self) -> (usize, usize) {
        let rows = || self.from.iter().copied().chain([self.key]);
        (rows().min().unwrap_or(0), rows().max().unwrap_or(0))
    }
}

/// A lane for each bundle, 0 next to the boxes: short bundles inside long ones,
/// and none over another in the same lane.
pub fn lanes(bundles: &[Bundle]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..bundles.len()).collect();
    order.sort_by_key(|index| {
        let (from, to) = bundles[*index].span();
        (to - from, from)
    });
    let mut lanes = vec![0; bundles.len()];
    let mut taken: Vec<Vec<(usize, usize)>> = Vec::new();
    for index in order {
        let (from, to) = bundles[index].span();
        let is_free = |spans: &Vec<(usize, usize)>| spans.iter().all(|(a, b)| to < *a || *b < from);
        let lane = taken.iter().position(is_free).unwrap_or(taken.len());
        if lane == taken.len() {
            taken.push(Vec::new());
        }
        taken[lane].push((from, to));
        lanes[index] = lane;
    }
    lanes
}

const UP: u8 = 1;
const DOWN: u8 = 2;
const LEFT: u8 = 4;
const RIGHT: u8 = 8;

/// Columns that a lane takes.
const STEP: usize = 3;

/// The lines beside each of `height` rows, as directions at each column.
pub fn lines(bundles: &[Bundle], lanes: &[usize], height: usize) -> Vec<Vec<u8>> {
    let width = lanes.iter().max().map_or(0, |lane| (lane + 1) * STEP);
    let mut grid = vec![vec![0u8; width]; height];
    for (bundle, lane) in bundles.iter().zip(lanes) {
        let column = lane * STEP + STEP - 1;
        let (top, bottom) = bundle.span();
        for row in bundle.from.iter().chain([&bundle.key]) {
            grid[*row][..column]
                .iter_mut()
                .for_each(|cell| *cell |= LEFT | RIGHT);
            grid[*row][column] |= LEFT;
        }
        for (row, cells) in grid.iter_mut().enumerate().take(bottom + 1).skip(top) {
            if row > top {
                cells[column] |= UP;
            }
            if row < bottom {
                cells[column] |= DOWN;
            }
        }
    }
    grid
}

/// The character for the directions in which lines leave a cell.
pub fn character(directions: u8, unicode: bool) -> char {
    const BOX: [char; 16] = [
        ' ', '│', '│', '│', '─', '┘', '┐', '┤', '─', '└', '┌', '├', '─', '┴', '┬', '┼',
    ];
    match directions {
        0 => ' ',
        _ if unicode => BOX[usize::from(directions & 15)],
        d if d & (LEFT | RIGHT) == 0 => '|',
        d if d & (UP | DOWN) == 0 => '-',
        _ => '+',
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_two_bundles_share_a_place(rows in proptest::collection::vec((0usize..40, proptest::collection::vec(0usize..40, 1..5)), 0..12)) {
            let bundles: Vec<Bundle> = rows.into_iter().map(|(key, from)| Bundle { key, from }).collect();
            let lanes = lanes(&bundles);
            for (i, a) in bundles.iter().enumerate() {
                for (j, b) in bundles.iter().enumerate().skip(i + 1) {
                    let ((a0, a1), (b0, b1)) = (a.span(), b.span());
                    prop_assert!(lanes[i] != lanes[j] || a1 < b0 || b1 < a0);
                }
            }
            // Each line end is there.
            let grid = lines(&bundles, &lanes, 40);
            for (bundle, lane) in bundles.iter().zip(&lanes) {
                for row in bundle.from.iter().chain([&bundle.key]) {
                    prop_assert!(grid[*row][lane * STEP + STEP - 1] & LEFT != 0);
                }
            }
        }
    }
}
