//! Random numbers of this process, which key its hashes: ids are input, and could be chosen to meet in one place.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

static SECRET: LazyLock<[u64; 2]> = LazyLock::new(|| [0, 1].map(|part: u64| RandomState::new().hash_one(part)));

/// Makes the numbers, unless they are.
pub(crate) fn prepare() {
    LazyLock::force(&SECRET);
}

#[inline]
pub(super) fn secret() -> [u64; 2] {
    *SECRET
}
