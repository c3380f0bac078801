//! The values of a cell: medians and quartiles.

/// One value for each round.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Series(pub(crate) Vec<f64>);

impl Series {
    /// A value without rounds.
    pub(crate) fn exact(value: f64) -> Self {
        Self(vec![value])
    }

    /// The median and the quartiles below and above it. Not numbers if there was no round.
    pub(crate) fn quartiles(&self) -> [f64; 3] {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        let at = |index: usize| sorted.get(index.min(last)).copied().unwrap_or(f64::NAN);
        [1, 2, 3].map(|quarters| {
            let (below, part) = (quarters * last / 4, quarters * last % 4);
            at(below) + (at(below + 1) - at(below)) * [0.0, 0.25, 0.5, 0.75][part]
        })
    }

    pub(crate) fn median(&self) -> f64 {
        self.quartiles()[1]
    }

    /// The ratios of each round: a disturbance of a round hits both of its turns.
    pub(crate) fn ratios(&self, to: &Self) -> Self {
        Self(self.0.iter().zip(&to.0).map(|(of, to)| of / to).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_between_values() {
        let [low, median, high] = Series(vec![4.0, 1.0, 3.0, 2.0]).quartiles();
        assert_eq!((low, median, high), (1.75, 2.5, 3.25));
        assert_eq!(Series::exact(7.0).quartiles().map(f64::to_bits), [7.0_f64.to_bits(); 3]);
        assert!(Series::default().median().is_nan());
    }

    #[test]
    fn ratios_are_of_each_round() {
        let ratios = Series(vec![1.0, 10.0]).ratios(&Series(vec![2.0, 20.0]));
        assert_eq!(ratios, Series(vec![0.5, 0.5]));
    }
}
