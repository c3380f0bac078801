//! What the rounds came to: medians, with the quartiles around them.

/// The values of one cell, one for each round.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series(pub Vec<f64>);

/// A median and its quartiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// A quarter of the values is below it.
    pub low: f64,
    /// Half of the values are.
    pub median: f64,
    /// Three quarters are.
    pub high: f64,
}

impl Series {
    /// The median and its quartiles; `None` of nothing.
    pub fn spread(&self) -> Option<Spread> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        // Between the two values that it falls between.
        let quantile = |quarters: usize| {
            let (below, part) = (quarters * last / 4, quarters * last % 4);
            let above = (below + 1).min(last);
            let share = [0.0, 0.25, 0.5, 0.75][part];
            sorted[below] + (sorted[above] - sorted[below]) * share
        };
        Some(Spread {
            low: quantile(1),
            median: quantile(2),
            high: quantile(3),
        })
    }

    /// The median; not a number where there was no round.
    pub fn median(&self) -> f64 {
        self.spread().map_or(f64::NAN, |spread| spread.median)
    }
}

/// Round by round: what disturbs a round disturbs both of its turns.
pub fn ratios(of: &Series, to: &Series) -> Series {
    let pairs = of.0.iter().zip(&to.0);
    Series(pairs.map(|(of, to)| of / to).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_values() {
        let spread = Series(vec![4.0, 1.0, 3.0, 2.0]).spread().unwrap();
        assert_eq!(
            spread,
            Spread {
                low: 1.75,
                median: 2.5,
                high: 3.25
            }
        );
        let one = Series(vec![7.0]).spread().unwrap();
        assert_eq!((one.low, one.median, one.high), (7.0, 7.0, 7.0));
        assert!(Series::default().spread().is_none());
        assert!(Series::default().median().is_nan());
    }

    #[test]
    fn ratios_are_those_of_each_round() {
        let ratios = ratios(&Series(vec![1.0, 10.0]), &Series(vec![2.0, 20.0]));
        assert_eq!(ratios, Series(vec![0.5, 0.5]));
    }
}
