//! What a span costs, beside everything that would be used instead.
