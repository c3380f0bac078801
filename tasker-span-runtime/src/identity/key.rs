//! `Key`: an id and its hash, by which the identity cache finds it.

use uuid::Uuid;

use super::secret::secret;

/// An id. The same one is another key to each capture of a test: outside of tests there is one realm, 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) id: u128,
    /// Spreads ids over the buckets. Who does not know the secret cannot choose ids that meet in one.
    pub(super) hash: u64,
}

impl Key {
    #[inline]
    pub(super) fn new(realm: u128, id: Uuid) -> Self {
        Self::of(id.as_u128() ^ realm)
    }

    #[inline]
    pub(super) fn of(id: u128) -> Self {
        let ([high, low], [of_high, of_low]) = (halves(id), secret());
        let [first, second] = halves(u128::from(high ^ of_high) * u128::from(low ^ of_low));
        let mixed = first ^ second;
        // Multiplication by the golden ratio spreads sequential ids.
        let hash = (mixed ^ mixed >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { id, hash }
    }

    /// Which of so many parts of a table has the id.
    #[inline]
    pub(super) fn part(self, parts: usize) -> usize {
        self.bits(48) % parts
    }

    /// Which of so many buckets of a part has the id.
    #[inline]
    pub(super) fn bucket(self, buckets: usize) -> usize {
        self.bits(32) % buckets
    }

    /// What tells the id from most others of its bucket. Not zero.
    #[expect(clippy::cast_possible_truncation, reason = "so many bits are left")]
    #[inline]
    pub(super) fn mark(self) -> u16 {
        (self.hash >> 16) as u16 | 1
    }

    #[expect(clippy::cast_possible_truncation, reason = "only the last bits matter")]
    #[inline]
    fn bits(self, first: u32) -> usize {
        (self.hash >> first) as usize
    }
}

#[expect(clippy::cast_possible_truncation, reason = "that is what halves are")]
#[inline]
pub(super) fn halves(id: u128) -> [u64; 2] {
    [(id >> 64) as u64, id as u64]
}

pub(super) fn whole([high, low]: [u64; 2]) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a known hash, ids could be chosen that evict a task of others.
    #[test]
    fn ids_that_differ_in_few_bits_spread_over_the_buckets() {
        let id = 0x0198_c0de_0000_7000_8000_0000_0000_0001_u128;
        for (first, second) in [(0, 32), (32, 64), (64, 96), (100, 96), (20, 84)] {
            let ids = (0..1024_u128).map(|n| id ^ n << first ^ n << second);
            let buckets: std::collections::HashSet<_> = ids.map(|id| Key::of(id).bucket(1024)).collect();
            assert!(
                buckets.len() > 400,
                "{first} {second}: {} of 1024 buckets",
                buckets.len()
            );
        }
    }

    #[test]
    fn halves_are_a_whole() {
        let id = 0x0198_c0de_0000_7000_8000_0000_0000_0001_u128;
        assert_eq!(whole(halves(id)), id);
    }
}
