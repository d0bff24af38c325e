//! What benchmarks of two sides in turns share.

/// The number of rounds on the command line, or `usual`.
pub fn rounds(usual: usize) -> usize {
    let mut words = std::env::args().skip(1);
    words
        .find_map(|word| word.parse().ok())
        .filter(|rounds| *rounds > 0)
        .unwrap_or(usual)
}

/// The middle one; puts them in order.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
