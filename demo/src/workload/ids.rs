//! `Ids`: UUIDs from a seed.

use uuid::{Builder, Uuid};

/// A generator of UUIDs of version 7, with a clock of its own.
#[derive(Debug)]
pub(super) struct Ids {
    milliseconds: u64,
    state: u64,
}

impl Ids {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            milliseconds: 1_767_225_600_000,
            state: seed,
        }
    }

    pub(super) fn next(&mut self) -> Uuid {
        self.milliseconds += 1;
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.random().to_be_bytes());
        random[8..].copy_from_slice(&self.random().to_be_bytes()[..2]);
        Builder::from_unix_timestamp_millis(self.milliseconds, &random).into_uuid()
    }

    /// [SplitMix64](https://doi.org/10.1145/2660193.2660195).
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn are_of_version_7_and_differ() {
        let mut ids = Ids::new(1);
        let made: HashSet<_> = (0..1_000).map(|_| ids.next()).collect();
        assert_eq!(made.len(), 1_000);
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }
}
