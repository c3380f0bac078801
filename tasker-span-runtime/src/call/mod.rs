//! What the macros' expansions call. It changes with every version of the macros, so nothing else
//! may.

mod body;
mod call_site;
mod candidate;
mod convert;
mod derived;
mod lacking;
mod record;
pub mod requires;
mod returned;
mod subject;

pub use tasker_span_macros::__record;
pub use tracing::callsite::DefaultCallsite;
pub use tracing::metadata::Kind as MetadataKind;
pub use tracing::{Level, Metadata};

pub use crate::catalogue::attributes::Collect;
pub use crate::catalogue::callsite::{Callsite, attribute_names, field_names, metadata, path_of};
pub use crate::catalogue::place::Place;
pub use crate::catalogue::site::Site;
pub use crate::catalogue::{Attribute, Family, SpanKind};
pub use crate::record::field::{field, field_debug, field_display};
pub use crate::span::{Deferred, Ending, Start};
pub use crate::{
    __candidate as candidate, __link as link, __observe as observe, __ok as ok, __optional as optional, __show as show,
    __site as site, __supply as supply,
};
pub use body::{enter, instrument, run};
pub use candidate::{Candidate, candidates};
pub use convert::{integer, late_integer, late_state, late_text, late_uuid, links, state, text, timestamp, uuid};
pub use derived::*;
pub use lacking::lacking;
pub use record::Recorder;
pub use returned::{Returned, debug_failure, display_failure, failed, judge, type_failure, views};
pub use subject::{Subject, optional, subject};
