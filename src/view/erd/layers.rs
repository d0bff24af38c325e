//! The layered layout of the picture: tables in columns from left to right,
//! those that others refer to on the left, and lines that pass between boxes.
//!
//! The method is Sugiyama's ("Methods for Visual Understanding of Hierarchical
//! System Structures", 1981): layers by depth, invisible boxes where a line
//! passes a layer, an order by the mean of the neighbours, then places.

/// A box that is to be placed, in pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    /// Its layer, 0 on the left.
    pub layer: usize,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
}

/// A line from one box to another, at heights within them.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The box that refers.
    pub from: usize,
    /// Where it leaves, below the box's top.
    pub from_y: f64,
    /// The box that it refers to.
    pub to: usize,
    /// Where it arrives, below the box's top.
    pub to_y: f64,
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The left upper corner of each box.
    pub boxes: Vec<(f64, f64)>,
    /// The points that each line passes, from the box that refers; at each the
    /// line is level.
    pub lines: Vec<Vec<(f64, f64)>>,
    /// The size of it all.
    pub width: f64,
    /// Ditto.
    pub height: f64,
}

/// Between two layers: room for the lines.
const ACROSS: f64 = 90.0;
/// Between two boxes of a layer.
const BETWEEN: f64 = 22.0;
/// Around it all.
const MARGIN: f64 = 34.0;
/// How high a passing line's invisible box is.
const PASSING: f64 = 6.0;
/// How far a line goes out of a box to come back to the same layer.
const OUT: f64 = 26.0;

/// A box or a passing line.
struct Node {
    layer: usize,
    height: f64,
    y: f64,
}

/// A neighbour: the node, the height at our end, the height at its end.
type Neighbour = (usize, f64, f64);

/// Places boxes and lines.
pub fn place(sizes: &[Size], links: &[Link]) -> Placed {
    let mut nodes: Vec<Node> = sizes
        .iter()
        .map(|size| Node {
            layer: size.layer,
            height: size.height,
            y: 0.0,
        })
        .collect();
    // The passing nodes of each link, from the box that refers.
    let mut passing: Vec<Vec<usize>> = Vec::new();
    let mut neighbours: Vec<Vec<Neighbour>> = vec![Vec::new(); nodes.len()];
    for link in links {
        let (from, to) = (sizes[link.from].layer, sizes[link.to].layer);
        let between: Vec<usize> = if from > to {
            (to + 1..from).rev().collect()
        } else {
            (from + 1..to).collect()
        };
        let mut chain = vec![(link.from, link.from_y)];
        for layer in between {
            nodes.push(Node {
                layer,
                height: PASSING,
                y: 0.0,
            });
            neighbours.push(Vec::new());
            chain.push((nodes.len() - 1, PASSING / 2.0));
        }
        chain.push((link.to, link.to_y));
        for pair in chain.windows(2) {
            let [(a, a_y), (b, b_y)] = [pair[0], pair[1]];
            if nodes[a].layer != nodes[b].layer {
                neighbours[a].push((b, a_y, b_y));
                neighbours[b].push((a, b_y, a_y));
            }
        }
        passing.push(
            chain[1..chain.len() - 1]
                .iter()
                .map(|(node, _)| *node)
                .collect(),
        );
    }
    let count = nodes.iter().map(|node| node.layer + 1).max().unwrap_or(0);
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); count];
    (0..nodes.len()).for_each(|index| layers[nodes[index].layer].push(index));
    layers.iter().for_each(|layer| stack(&mut nodes, layer));
    for round in 0..24 {
        // There and back again, so that both sides have their say.
        for step in 0..count {
            let at = if round % 2 == 0 {
                step
            } else {
                count - 1 - step
            };
            settle(&mut nodes, &mut layers[at], &neighbours, round < 16);
        }
    }
    let top = nodes
        .iter()
        .map(|node| node.y)
        .fold(f64::INFINITY, f64::min);
    let bottom = nodes.iter().map(|n| n.y + n.height).fold(top, f64::max);
    nodes.iter_mut().for_each(|node| node.y += MARGIN - top);

    let mut lefts = Vec::new();
    let mut widths = Vec::new();
    let mut x = MARGIN;
    for layer in 0..count {
        let inside = sizes.iter().filter(|size| size.layer == layer);
        let width = inside.map(|size| size.width).fold(0.0, f64::max);
        lefts.push(x);
        widths.push(width);
        x += width + ACROSS;
    }
    let boxes: Vec<(f64, f64)> = (0..sizes.len())
        .map(|index| (lefts[nodes[index].layer], nodes[index].y))
        .collect();
    let lines = links.iter().zip(&passing).map(|(link, passing)| {
        let (from, to) = (sizes[link.from].layer, sizes[link.to].layer);
        let left = |index: usize| boxes[index].0;
        let right = |index: usize| boxes[index].0 + sizes[index].width;
        let start = boxes[link.from].1 + link.from_y;
        let end = boxes[link.to].1 + link.to_y;
        if from == to {
            // Out on the left and back.
            let out = left(link.from) - OUT;
            return vec![
                (left(link.from), start),
                (out, f64::midpoint(start, end)),
                (left(link.to), end),
            ];
        }
        let leftwards = from > to;
        let mut points = vec![(
            if leftwards {
                left(link.from)
            } else {
                right(link.from)
            },
            start,
        )];
        for node in passing {
            let (layer, y) = (nodes[*node].layer, nodes[*node].y + PASSING / 2.0);
            let ends = [(lefts[layer] + widths[layer], y), (lefts[layer], y)];
            points.extend(if leftwards { ends } else { [ends[1], ends[0]] });
        }
        points.push((
            if leftwards {
                right(link.to)
            } else {
                left(link.to)
            },
            end,
        ));
        points
    });
    Placed {
        lines: lines.collect(),
        boxes: boxes.clone(),
        width: x - ACROSS + MARGIN,
        height: bottom - top + 2.0 * MARGIN,
    }
}

/// One below the other.
fn stack(nodes: &mut [Node], layer: &[usize]) {
    let mut y = 0.0;
    for index in layer {
        nodes[*index].y = y;
        y += nodes[*index].height + BETWEEN;
    }
}

/// Moves each node of a layer to where its lines are level, as far as the
/// others let it; with `reorder`, past the others, too.
fn settle(nodes: &mut [Node], layer: &mut [usize], neighbours: &[Vec<Neighbour>], reorder: bool) {
    let wanted = |index: usize| -> f64 {
        let near = &neighbours[index];
        if near.is_empty() {
            return nodes[index].y;
        }
        let sum: f64 = near
            .iter()
            .map(|(n, here, there)| nodes[*n].y + there - here)
            .sum();
        sum / near.len() as f64
    };
    let mut places: Vec<(usize, f64)> =
        layer.iter().map(|index| (*index, wanted(*index))).collect();
    if reorder {
        places.sort_by(|a, b| a.1.total_cmp(&b.1));
    }
    // Down from above, up from below: the mean of both keeps the distances.
    let mut down = Vec::new();
    let mut edge = f64::NEG_INFINITY;
    for (index, y) in &places {
        let y = y.max(edge);
        down.push(y);
        edge = y + nodes[*index].height + BETWEEN;
    }
    let mut up = vec![0.0; places.len()];
    let mut edge = f64::INFINITY;
    for (at, (index, y)) in places.iter().enumerate().rev() {
        let y = y.min(edge - nodes[*index].height);
        up[at] = y;
        edge = y - BETWEEN;
    }
    for (at, (index, _)) in places.iter().enumerate() {
        nodes[*index].y = f64::midpoint(down[at], up[at]);
        layer[at] = *index;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn boxes_never_overlap_and_lines_end_at_them(
            boxes in proptest::collection::vec((0usize..4, 40.0..200.0f64, 20.0..200.0f64), 1..12),
            pairs in proptest::collection::vec((0usize..12, 0usize..12), 0..16)
        ) {
            let sizes: Vec<Size> = boxes.iter().map(|(layer, width, height)| Size { layer: *layer, width: *width, height: *height }).collect();
            let links: Vec<Link> = pairs.iter().map(|(from, to)| Link { from: from % sizes.len(), from_y: 10.0, to: to % sizes.len(), to_y: 5.0 }).collect();
            let placed = place(&sizes, &links);
            for i in 0..sizes.len() {
                let (x, y) = placed.boxes[i];
                prop_assert!(x >= 0.0 && y >= 0.0);
                prop_assert!(x + sizes[i].width <= placed.width && y + sizes[i].height <= placed.height);
                for j in i + 1..sizes.len() {
                    let (u, v) = placed.boxes[j];
                    let apart = x + sizes[i].width <= u || u + sizes[j].width <= x || y + sizes[i].height <= v || v + sizes[j].height <= y;
                    prop_assert!(apart, "{i} {j} {placed:?}");
                }
            }
            for (link, line) in links.iter().zip(&placed.lines) {
                prop_assert_eq!(line[0].1, placed.boxes[link.from].1 + 10.0);
                prop_assert_eq!(line[line.len() - 1].1, placed.boxes[link.to].1 + 5.0);
            }
        }
    }
}
