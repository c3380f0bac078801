//! The functions of the owners.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::frames::{Frame, Frames};
use super::owner::Owner;
use crate::failure::Failure;

/// A function of an owner.
pub(super) type Key = (Owner, String);

/// Finds the innermost function of an owner at an address, and gives it a number.
pub(super) struct Keys<'a> {
    frames: &'a Frames,
    program: &'a str,
    names: Vec<Key>,
    numbers: HashMap<Key, usize>,
    at: HashMap<u64, Option<usize>>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(frames: &'a Frames, program: &'a str) -> Self {
        Self {
            frames,
            program,
            names: Vec::new(),
            numbers: HashMap::new(),
            at: HashMap::new(),
        }
    }

    /// None where nobody owns anything.
    pub(super) fn at(&mut self, object: &str, address: u64) -> Result<Option<usize>, Failure> {
        if object != self.program {
            return Ok(None);
        }
        if let Some(known) = self.at.get(&address) {
            return Ok(*known);
        }
        let frames = self.frames.at(address)?;
        let owned = frames.iter().position(|frame| Owner::of(frame).is_some());
        let number = owned.and_then(|innermost| self.number(&frames[innermost..]));
        self.at.insert(address, number);
        Ok(number)
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// In the order of their numbers.
    pub(super) fn into_names(self) -> Vec<Key> {
        self.names
    }

    fn number(&mut self, frames: &[Frame]) -> Option<usize> {
        let key = (Owner::of(frames.first()?)?, name(frames)?);
        Some(match self.numbers.entry(key) {
            Entry::Occupied(number) => *number.get(),
            Entry::Vacant(entry) => {
                self.names.push(entry.key().clone());
                *entry.insert(self.names.len() - 1)
            }
        })
    }
}

/// The name of the first function, with the place of its source within its crate: the module is not in the debug information.
/// A closure is named with the function that it was inlined into.
fn name(frames: &[Frame]) -> Option<String> {
    let first = frames.first()?;
    let file = first.file.rsplit_once("/src/").map_or(&*first.file, |(_, file)| file);
    let mut name = format!("{file} {}", plain(first));
    if plain(first).starts_with('{') {
        let mut around = frames.iter().filter(|frame| Owner::of(frame).is_some()).map(plain);
        if let Some(around) = around.find(|name| !name.starts_with('{')) {
            name = format!("{name} in {around}");
        }
    }
    Some(name)
}

/// Without generic arguments.
fn plain(frame: &Frame) -> &str {
    frame.function.split('<').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closure_is_named_with_its_function() {
        let frame = |function: &str, file: &str| Frame {
            function: function.to_owned(),
            file: file.to_owned(),
        };
        let map = frame("map<u8, u8>", "/rustc/5980/library/core/src/option.rs");
        let resolve = frame("resolve<Span>", "/x/tasker-span-runtime/src/resolve.rs");
        let closure = frame("{closure#0}", "/x/tasker-span-runtime/src/resolve.rs");
        assert_eq!(
            name(std::slice::from_ref(&resolve)).as_deref(),
            Some("resolve.rs resolve")
        );
        assert_eq!(
            name(&[closure, map, resolve]).as_deref(),
            Some("resolve.rs {closure#0} in resolve")
        );
    }
}
