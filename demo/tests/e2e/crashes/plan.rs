//! `Plan`: what fails, in which order and after how much work, by a seed.

use std::ops::Range;
use std::time::SystemTime;

use super::fleet::{ORCHESTRATORS, WORKERS};

/// The variable that repeats a plan. What the processes do when it happens is not repeated.
const SEED: &str = "CRASH_SEED";

/// How many processes are killed, of each kind.
const KILLS: usize = 5;

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// SIGKILL to a process. Another one takes its place.
    Kill(usize),
    /// SIGSTOP to a worker until others have its steps, then SIGCONT.
    Stop(usize),
    /// The database server loses all connections and transactions.
    CrashDatabase,
}

/// Faults, each after a number of attempts at steps.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) faults: Vec<(u64, Fault)>,
}

impl Plan {
    /// The plan of the seed in the environment, or another one. All faults come within this number of attempts.
    pub(crate) fn new(attempts: u64) -> Self {
        let seed = std::env::var(SEED).ok().map(|seed| seed.parse().unwrap());
        let seed = seed.unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            u64::from(now.unwrap().subsec_nanos())
        });
        let mut random = Random(seed);
        let mut faults = vec![Fault::CrashDatabase, Fault::Stop(random.of(WORKERS))];
        for _ in 0..KILLS {
            faults.extend([ORCHESTRATORS, WORKERS].map(|members| Fault::Kill(random.of(members))));
        }
        for last in (1..faults.len()).rev() {
            faults.swap(last, random.below(last + 1));
        }
        // One in each of as many intervals.
        let interval = usize::try_from(attempts).unwrap() / faults.len();
        let at = (0..faults.len()).map(|number| (number * interval + random.below(interval)) as u64);
        let faults = at.collect::<Vec<_>>().into_iter().zip(faults).collect();
        Self { seed, faults }
    }
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn of(&mut self, range: Range<usize>) -> usize {
        range.start + self.below(range.len())
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((bits ^ (bits >> 31)) % end as u64).unwrap()
    }
}
