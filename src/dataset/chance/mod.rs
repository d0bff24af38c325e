//! Chance that can be asked again: a 64-bit word for every cell of a dataset,
//! and the distributions that turn one word into one value.
//!
//! Only additions, multiplications, divisions and `libm`: these give the same
//! bits on every machine.

mod keystream;
mod moments;
mod normal;
mod scatter;
mod weights;
mod zipf;

pub use keystream::{Keystream, label_hash, mix};
pub use moments::{Moments, Season};
pub use normal::inverse_normal;
pub use scatter::Scatter;
pub use weights::Weights;
pub use zipf::{Alias, zipf_weights};

/// The word as a number in the open interval (0, 1): its upper 53 bits, in the
/// middle of their step.
pub fn unit(word: u64) -> f64 {
    const STEP: f64 = 1.0 / (1u64 << 53) as f64;
    ((word >> 11) as f64 + 0.5) * STEP
}

/// The word as a whole number in `0..n`, by the upper half of their product
/// (Lemire, "Fast Random Integer Generation in an Interval", 2019); its bias
/// is below n / 2^64.
pub fn below(word: u64, n: u64) -> u64 {
    ((u128::from(word) * u128::from(n)) >> 64) as u64
}
