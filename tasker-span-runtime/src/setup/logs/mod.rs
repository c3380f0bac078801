//! Logs beside the trace: the ids of the running code, logs that follow the sampling, and exported log records. The console's
//! lines are in `console`.

mod ids;
#[cfg(feature = "logs")]
mod log_ids;
mod sampling_filter;

pub(super) use self::ids::Ids;
#[cfg(feature = "logs")]
pub use self::log_ids::LogIds;
pub use self::sampling_filter::SamplingFilter;
