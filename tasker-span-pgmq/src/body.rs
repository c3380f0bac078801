//! The body of a message to send, as JSON. Decoding is in `unreadable`.

use std::any::type_name;

use pgmq::PgmqError;
use serde::Serialize;
use serde::ser::Error;
use serde_json::value::{RawValue, to_raw_value};

/// Encodes a body. An error in the words of the message's own type may quote the body, so it is replaced.
pub(crate) fn encode<M: Serialize + ?Sized>(message: &M) -> Result<Box<RawValue>, PgmqError> {
    let encoded = to_raw_value(message).map_err(|error| {
        if error.is_data() {
            serde_json::Error::custom(format_args!("the `Serialize` of `{}` failed", type_name::<M>()))
        } else {
            error
        }
    });
    Ok(encoded?)
}
