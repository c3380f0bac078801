//! Callgrind's format: what each instruction cost, and which function called which. Only as it is written for this program:
//! with addresses, and uncompressed.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::failure::Failure;

/// Everything that was executed in the counted function.
#[derive(Debug, Default)]
pub(super) struct Profile {
    pub(super) functions: Vec<Function>,
    by_name: HashMap<(String, String), usize>,
}

/// A symbol, with what was inlined into it.
#[derive(Debug)]
pub(super) struct Function {
    /// The file of the program or the library.
    pub(super) object: String,
    pub(super) name: String,
    /// Address in the object, and instructions executed there.
    pub(super) costs: Vec<(u64, u64)>,
    pub(super) calls: Vec<Call>,
}

/// All calls from one instruction to one function.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) site: u64,
    pub(super) callee: usize,
    /// Instructions in the callee, and in what it called.
    pub(super) inclusive: u64,
}

impl Profile {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let mut profile = Self::default();
        let mut reader = Reader::default();
        for line in text.lines() {
            let read = reader.line(&mut profile, line);
            read.ok_or_else(|| Failure::new(format!("a line of Callgrind's that cannot be read: {line}")))?;
        }
        if profile.instructions() == 0 {
            return Err(Failure::new("Callgrind has counted nothing"));
        }
        Ok(profile)
    }

    /// Of all functions together.
    pub(super) fn instructions(&self) -> u64 {
        self.functions.iter().map(Function::exclusive).sum()
    }

    fn function(&mut self, object: &str, name: &str) -> usize {
        let key = (object.to_owned(), name.to_owned());
        *self.by_name.entry(key).or_insert_with_key(|(object, name)| {
            self.functions.push(Function {
                object: object.clone(),
                name: name.clone(),
                costs: Vec::new(),
                calls: Vec::new(),
            });
            self.functions.len() - 1
        })
    }
}

impl Function {
    /// Instructions of its own.
    pub(super) fn exclusive(&self) -> u64 {
        self.costs.iter().map(|&(_, cost)| cost).sum()
    }

    /// The name as it is in the source, without generic arguments.
    pub(super) fn demangled(&self) -> Cow<'_, str> {
        addr2line::demangle_auto(Cow::Borrowed(&self.name), None)
    }

    /// Instructions of its own and of all that it called. Too many for a function that calls itself.
    pub(super) fn inclusive(&self) -> u64 {
        self.exclusive() + self.calls.iter().map(|call| call.inclusive).sum::<u64>()
    }
}

/// What the lines before the current one have said.
#[derive(Debug, Default)]
struct Reader {
    object: String,
    function: Option<usize>,
    callee_object: Option<String>,
    callee: Option<String>,
    /// The next line is what a call cost.
    is_call: bool,
}

impl Reader {
    fn line(&mut self, profile: &mut Profile, line: &str) -> Option<()> {
        if let Some((key, value)) = line.split_once('=') {
            self.position(profile, key, value);
        } else if line.starts_with("0x") {
            self.cost(profile, line)?;
        }
        Some(())
    }

    fn position(&mut self, profile: &mut Profile, key: &str, value: &str) {
        match key {
            "ob" => value.clone_into(&mut self.object),
            "fn" => self.function = Some(profile.function(&self.object, value)),
            "cob" => self.callee_object = Some(value.to_owned()),
            "cfn" => self.callee = Some(value.to_owned()),
            "calls" => self.is_call = true,
            // Of files, the debug information knows more.
            _ => {}
        }
    }

    fn cost(&mut self, profile: &mut Profile, line: &str) -> Option<()> {
        let mut words = line.split_ascii_whitespace();
        let address = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
        let cost = words.nth(1)?.parse().ok()?;
        let function = self.function?;
        if !std::mem::take(&mut self.is_call) {
            profile.functions[function].costs.push((address, cost));
            return Some(());
        }
        let object = self.callee_object.take().unwrap_or_else(|| self.object.clone());
        let callee = profile.function(&object, &self.callee.take()?);
        profile.functions[function].calls.push(Call {
            site: address,
            callee,
            inclusive: cost,
        });
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_costs_and_calls() {
        let text = "\
# callgrind format
positions: instr line
events: Ir
summary: 12

ob=/bin/program
fl=a.rs
fn=outer
0x10 1 3
cob=/lib/libc.so
cfi=malloc.c
cfn=malloc
calls=2 0x90 0
0x14 2 9

ob=/lib/libc.so
fl=malloc.c
fn=malloc
0x90 7 9
";
        let profile = Profile::parse(text).unwrap();
        let [outer, malloc] = &profile.functions[..] else {
            panic!("{profile:?}");
        };
        assert_eq!(
            (&*outer.object, &*outer.name, &*outer.costs),
            ("/bin/program", "outer", &[(0x10, 3)][..])
        );
        assert_eq!((&*malloc.object, malloc.exclusive()), ("/lib/libc.so", 9));
        assert_eq!(
            (outer.inclusive(), outer.calls[0].site, outer.calls[0].callee),
            (12, 0x14, 1)
        );
        assert_eq!(profile.instructions(), 12);
        assert!(Profile::parse("fn=f\n0x1 1 x\n").is_err());
        assert!(Profile::parse("").is_err());
    }
}
