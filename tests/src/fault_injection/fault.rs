//! `Fault`: the ways in which a collector fails.

use std::fmt;
use std::time::Duration;

use crate::collector::{Behaviour, Refusal};

/// The port of a service that takes and forgets. No client follows there.
const DISCARD: u16 = 9;

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
    /// It refuses requests of more than 64 KiB.
    TooLarge,
    /// Its connections stay open and go silent, as behind a proxy that has forgotten them.
    Silent,
    /// It sends its clients to another server.
    Redirect,
    /// It is a server for browsers, which answers with a page.
    Page,
    /// It takes a tenth of the spans that the program makes.
    Overload,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 14] = [
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
        Self::Silent,
        Self::Redirect,
        Self::Page,
        Self::Overload,
    ];

    /// Whether exports of full batches fail, so that the program notices the fault if it waits for
    /// it.
    pub(super) fn fails_exports(self) -> bool {
        !matches!(
            self,
            Self::Killed | Self::Slow | Self::PartialSuccess | Self::Silent | Self::Overload
        )
    }

    /// How the collector behaves; `None` if it is not there, or is killed.
    pub(super) fn behaviour(self) -> Option<Behaviour> {
        Some(match self {
            Self::Absent | Self::Killed => return None,
            Self::Hanging => Behaviour::Hang,
            Self::Slow => Behaviour::Slow(Duration::from_millis(200)),
            Self::Overload => Behaviour::Slow(Duration::from_millis(500)),
            Self::Unavailable => Behaviour::Refuse(Refusal::UNAVAILABLE),
            Self::Throttling => Behaviour::Refuse(Refusal::THROTTLED.retry_after(60)),
            Self::Invalid => Behaviour::Refuse(Refusal::INVALID),
            Self::Broken => Behaviour::Refuse(Refusal::BROKEN),
            Self::PartialSuccess => Behaviour::Reject(256),
            Self::TooLarge => Behaviour::AtMost(64 << 10),
            Self::Silent => Behaviour::Silent,
            Self::Redirect => Behaviour::Redirect(307, DISCARD),
            Self::Page => Behaviour::Page(200),
        })
    }
}

/// As the table of the page has it.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
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
            Self::Silent => "connections go silent",
            Self::Redirect => "redirects, 307",
            Self::Page => "answers with HTML",
            Self::Overload => "10 × too many spans",
        })
    }
}
