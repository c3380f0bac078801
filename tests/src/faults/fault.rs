//! The ways in which a collector fails.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::turns::DELAY;
use crate::collector::{Behaviour, Refusal};
use crate::program::UsageError;

/// What is wrong with the collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not there when the program starts.
    Absent,
    /// It is killed in the middle of an export, and comes back.
    Killed,
    /// It reads requests and never answers.
    Hanging,
    /// It takes its time with every request.
    Slow,
    /// It says that it is not available for now.
    Unavailable,
    /// It asks for patience: the client may try again after a minute.
    Throttling,
    /// It says that the request makes no sense.
    Invalid,
    /// It says that something broke.
    Broken,
    /// It takes half of the spans of a full batch, and says so.
    PartialSuccess,
    /// It refuses what is larger than it likes.
    TooLarge,
    /// It takes a tenth of what comes.
    Overload,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Absent,
        Self::Killed,
        Self::Hanging,
        Self::Slow,
        Self::Unavailable,
        Self::Throttling,
        Self::Invalid,
        Self::Broken,
        Self::PartialSuccess,
        Self::TooLarge,
        Self::Overload,
    ];

    /// What it is called on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Killed => "killed",
            Self::Hanging => "hanging",
            Self::Slow => "slow",
            Self::Unavailable => "unavailable",
            Self::Throttling => "throttling",
            Self::Invalid => "invalid",
            Self::Broken => "broken",
            Self::PartialSuccess => "partial-success",
            Self::TooLarge => "too-large",
            Self::Overload => "overload",
        }
    }

    /// Whether exports fail while it holds, if only those of full batches.
    pub(super) fn fails_exports(self) -> bool {
        match self {
            Self::Absent
            | Self::Hanging
            | Self::Unavailable
            | Self::Throttling
            | Self::Invalid
            | Self::Broken
            | Self::TooLarge => true,
            Self::Killed | Self::Slow | Self::PartialSuccess | Self::Overload => false,
        }
    }

    /// How the collector behaves while the fault holds; nothing where it is not there.
    pub(super) fn behaviour(self) -> Option<Behaviour> {
        Some(match self {
            Self::Absent => return None,
            // The last request that it lives to see.
            Self::Killed | Self::Hanging => Behaviour::Hang,
            Self::Slow => Behaviour::Slow(Duration::from_millis(200)),
            Self::Overload => Behaviour::Slow(DELAY),
            Self::Unavailable => Behaviour::Refuse(Refusal::UNAVAILABLE),
            Self::Throttling => Behaviour::Refuse(Refusal::THROTTLED.retry_after(60)),
            Self::Invalid => Behaviour::Refuse(Refusal::INVALID),
            Self::Broken => Behaviour::Refuse(Refusal::BROKEN),
            Self::PartialSuccess => Behaviour::Reject(256),
            Self::TooLarge => Behaviour::AtMost(64 << 10),
        })
    }
}

/// In words, for a table.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "absent at start",
            Self::Killed => "killed, restarted",
            Self::Hanging => "never answers",
            Self::Slow => "answers after 200 ms",
            Self::Unavailable => "`UNAVAILABLE`, 503",
            Self::Throttling => "asks for a minute, 429",
            Self::Invalid => "`INVALID_ARGUMENT`, 400",
            Self::Broken => "`INTERNAL`, 500",
            Self::PartialSuccess => "partial success",
            Self::TooLarge => "takes 64 KiB, 413",
            Self::Overload => "10 × too many spans",
        })
    }
}

impl FromStr for Fault {
    type Err = UsageError;

    fn from_str(name: &str) -> Result<Self, UsageError> {
        let mut all = Self::ALL.into_iter();
        all.find(|fault| fault.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            UsageError::new(format!("`{name}` is no fault; there are {names}"))
        })
    }
}
