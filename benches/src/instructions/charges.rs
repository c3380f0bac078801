//! Charges every instruction to the code that wanted it.
//!
//! An instruction belongs to the innermost function, inlined or not, that is of one of the [owners](Owner). Where there is
//! none, in an allocator or in a `drop` of `std`, it is charged to the callers of that code, in proportion to what it cost
//! in calls from each. Callers that have no owner either pass the charge on.

use super::frames::Frames;
use super::keys::Keys;
use super::owner::Owner;
use super::profile::Profile;
use super::shares::{Caller, Payer, shares};
use crate::failure::Failure;
use crate::report::float;

/// What a function of an owner has cost.
#[derive(Clone, Debug, Default)]
pub(super) struct Cost {
    /// Its own instructions, with what was inlined from code without an owner.
    pub(super) own: f64,
    /// Allocating and freeing that it wanted.
    pub(super) allocator: f64,
    /// Copying and comparing of memory that it wanted.
    pub(super) memory: f64,
    /// Other functions that it called and that have no owner.
    pub(super) library: f64,
}

impl Cost {
    pub(super) fn total(&self) -> f64 {
        self.own + self.allocator + self.memory + self.library
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.own += other.own;
        self.allocator += other.allocator;
        self.memory += other.memory;
        self.library += other.library;
    }

    fn of_symbol(&mut self, symbol: &str) -> &mut f64 {
        if is_allocator(symbol) {
            &mut self.allocator
        } else if symbol.starts_with("mem") || symbol.starts_with("__mem") {
            &mut self.memory
        } else {
            &mut self.library
        }
    }
}

/// The functions of the allocator, by the names that they have in Rust and in the C library.
fn is_allocator(symbol: &str) -> bool {
    const C: [&str; 9] = [
        "malloc",
        "calloc",
        "realloc",
        "free",
        "_int_malloc",
        "_int_realloc",
        "_int_free",
        "malloc_consolidate",
        "unlink_chunk",
    ];
    const RUST: [&str; 6] = [
        "__rust_alloc",
        "__rust_dealloc",
        "__rust_realloc",
        "__rdl_alloc",
        "__rdl_dealloc",
        "__rdl_realloc",
    ];
    C.iter()
        .any(|name| symbol == *name || symbol.starts_with(&format!("{name}.")))
        || RUST.iter().any(|name| symbol.contains(name))
}

/// The part of all instructions that must find somebody to pay.
const PAID: f64 = 0.99;

/// What a function has cost.
#[derive(Debug)]
pub(super) struct Charged {
    pub(super) owner: Owner,
    pub(super) function: String,
    pub(super) cost: Cost,
}

/// What each function of an owner has cost.
pub(super) fn charge(profile: &Profile, frames: &Frames, program: &str) -> Result<Vec<Charged>, Failure> {
    let mut keys = Keys::new(frames, program);
    let mut costs: Vec<Cost> = Vec::new();
    let mut nobodys = vec![0.0; profile.functions.len()];
    let mut callers = vec![Vec::new(); profile.functions.len()];
    for (number, function) in profile.functions.iter().enumerate() {
        for &(address, cost) in &function.costs {
            match keys.at(&function.object, address)? {
                Some(key) => {
                    costs.resize(keys.len(), Cost::default());
                    costs[key].own += float(cost);
                }
                None => nobodys[number] += float(cost),
            }
        }
        for call in &function.calls {
            let payer = keys.at(&function.object, call.site)?;
            callers[call.callee].push(Caller {
                payer: payer.map_or(Payer::CallersOf(number), Payer::Key),
                weight: float(call.inclusive),
            });
        }
    }
    costs.resize(keys.len(), Cost::default());
    let shares = shares(&callers, keys.len());
    for ((function, cost), shares) in profile.functions.iter().zip(nobodys).zip(shares) {
        for (key, share) in shares.into_iter().enumerate() {
            *costs[key].of_symbol(&function.name) += cost * share;
        }
    }
    let paid: f64 = costs.iter().map(Cost::total).sum();
    if paid < PAID * float(profile.instructions()) {
        return Err(Failure::new(
            "the debug information tells too little: build this program with `--profile counting`",
        ));
    }
    let charged = keys.into_names().into_iter().zip(costs);
    Ok(charged
        .map(|((owner, function), cost)| Charged { owner, function, cost })
        .collect())
}
