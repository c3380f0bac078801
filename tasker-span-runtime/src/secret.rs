//! `Secret`: a value that no text of ours shows. What an endpoint shows of itself is in `setup::redact`.

use std::fmt;

/// A value, such as a token, whose `Debug` shows nothing of it. It has no `Display`: the one way to its text is
/// [`expose`](Self::expose), which is called where the value is sent.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret<T>(T);

impl<T> Secret<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }

    pub(crate) fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::new("CANARY".to_owned());
        assert_eq!(format!("{secret:?} {secret:#?}"), "… …");
        assert_eq!(secret.expose(), "CANARY");
    }
}
