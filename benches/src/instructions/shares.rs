//! Who pays for functions of nobody: their callers, each its share.

/// Calls of a function from one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) payer: Payer,
    /// Instructions in these calls.
    pub(super) weight: f64,
}

/// To whom these calls are charged.
#[derive(Clone, Copy, Debug)]
pub(super) enum Payer {
    /// A function of an owner, by its number.
    Key(usize),
    /// Those who call this function of nobody, by its number.
    CallersOf(usize),
}

/// Which share of a function's costs is charged to each key. Functions without an owner may call each other in circles,
/// so the shares are approached from below, until they are all there.
pub(super) fn shares(callers: &[Vec<Caller>], keys: usize) -> Vec<Vec<f64>> {
    /// Deeper than calls among functions without an owner go.
    const ROUNDS: usize = 200;
    let mut shares = vec![vec![0.0; keys]; callers.len()];
    for _ in 0..ROUNDS {
        for (function, callers) in callers.iter().enumerate() {
            let all: f64 = callers.iter().map(|caller| caller.weight).sum();
            if all == 0.0 {
                continue;
            }
            let mut own = vec![0.0; keys];
            for caller in callers {
                let part = caller.weight / all;
                match caller.payer {
                    Payer::Key(key) => own[key] += part,
                    Payer::CallersOf(other) => {
                        for (own, others) in own.iter_mut().zip(&shares[other]) {
                            *own += part * others;
                        }
                    }
                }
            }
            shares[function] = own;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_pass_charges_on_in_proportion() {
        let caller = |payer, weight| Caller { payer, weight };
        // 0 is called by both keys; 1 by 0 and by the second key; 2 by itself and by 1.
        let callers = [
            vec![caller(Payer::Key(0), 30.0), caller(Payer::Key(1), 10.0)],
            vec![caller(Payer::CallersOf(0), 20.0), caller(Payer::Key(1), 20.0)],
            vec![caller(Payer::CallersOf(2), 50.0), caller(Payer::CallersOf(1), 50.0)],
        ];
        let expected = [[0.75, 0.25], [0.375, 0.625], [0.375, 0.625]];
        for (shares, expected) in shares(&callers, 2).iter().zip(expected) {
            let off = shares
                .iter()
                .zip(expected)
                .map(|(share, expected)| (share - expected).abs());
            assert!(off.fold(0.0, f64::max) < 1e-9, "{shares:?} instead of {expected:?}");
        }
    }
}
