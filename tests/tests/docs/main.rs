//! The pages of the documentation say what the code says. Their examples are doctests of this
//! package.

mod command;
mod expansions;
mod identity;
mod links;
mod public_api;
mod reference;
mod versions;
