//! A choice among a few, by weight.

/// Chooses an index by weights that need not add up to anything.
#[derive(Debug, Clone)]
pub struct Weights {
    /// The words below which the choice is this index or an earlier one; the
    /// last is out of reach.
    bounds: Vec<u64>,
    mean: f64,
}

impl Weights {
    /// `None` unless there is a weight above zero, and none below, infinite or
    /// not a number.
    pub fn new(weights: &[f64]) -> Option<Weights> {
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) || weights.iter().any(|w| w.is_nan() || *w < 0.0) {
            return None;
        }
        let mut so_far = 0.0;
        let mut mean = 0.0;
        let mut bounds = Vec::with_capacity(weights.len());
        for (index, weight) in weights.iter().enumerate() {
            so_far += weight;
            mean += index as f64 * weight / sum;
            // Saturates at the top, as a cast from a float does.
            bounds.push((so_far / sum * 2f64.powi(64)) as u64);
        }
        // Rounding must not leave a gap, nor reach a last weight of zero.
        let last = weights.iter().rposition(|w| *w > 0.0)?;
        bounds.truncate(last + 1);
        bounds[last] = u64::MAX;
        Some(Weights { bounds, mean })
    }

    /// The index that a word chooses.
    #[inline]
    pub fn choose(&self, word: u64) -> usize {
        let last = self.bounds.len() - 1;
        self.bounds[..last]
            .iter()
            .position(|bound| word < *bound)
            .unwrap_or(last)
    }

    /// The largest index that can be chosen.
    pub fn largest(&self) -> usize {
        self.bounds.len() - 1
    }

    /// How likely an index is.
    pub fn share(&self, index: usize) -> f64 {
        let bound = |at: usize| self.bounds.get(at).map_or(2f64.powi(64), |b| *b as f64);
        let before = if index == 0 { 0.0 } else { bound(index - 1) };
        (bound(index) - before) / 2f64.powi(64)
    }

    /// The mean index.
    pub fn mean(&self) -> f64 {
        self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_in_proportion() {
        let weights = Weights::new(&[0.0, 1.0, 3.0, 0.0]).unwrap();
        assert_eq!(weights.choose(0), 1);
        assert_eq!(weights.choose((1 << 62) - 1), 1);
        assert_eq!(weights.choose(1 << 62), 2);
        assert_eq!(weights.choose(u64::MAX), 2);
        assert_eq!(weights.largest(), 2);
        assert!((weights.mean() - 1.75).abs() < 1e-12);
        let shares: Vec<f64> = (0..4).map(|i| weights.share(i)).collect();
        assert_eq!(shares, [0.0, 0.25, 0.75, 0.0]);
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [
            &[][..],
            &[0.0],
            &[1.0, -0.5],
            &[f64::NAN, 1.0],
            &[f64::INFINITY],
        ] {
            assert!(Weights::new(bad).is_none(), "{bad:?}");
        }
    }
}
