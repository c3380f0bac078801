//! Runs random programs, the same for a seed, and prints the spans that each exports: a line of JSON, to compare commits.
//!
//! ```text
//! cargo run -p tasker-span-tests --example differential -- --programs 2000 --seed 1 --promote > new.jsonl
//! ```
//!
//! - `--promote` promotes local spans.
//! - `--reads` does, and reads trace contexts.
//! - `--all-sampled` samples every span.
//! - `--check` prints the programs that export other spans if their local spans are promoted.
//! - `--count` prints the number of programs that export a span or an attribute of each name.
//! - `--show 17` prints the program with this number, and its promotions.

#[path = "../tests/behaviour/promotion/compare.rs"]
mod compare;
#[path = "../tests/behaviour/promotion/functions.rs"]
mod functions;
#[path = "../tests/behaviour/promotion/program.rs"]
mod program;
#[path = "../tests/behaviour/promotion/promotions.rs"]
mod promotions;
#[path = "../tests/behaviour/promotion/run.rs"]
mod run;
#[path = "../tests/behaviour/promotion/strategy.rs"]
mod strategy;
#[path = "../tests/behaviour/promotion/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Write};

use promotions::Promotions;
use proptest::prelude::Strategy;

fn main() -> io::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let number = |name: &str| {
        let value = arguments.iter().skip_while(|argument| *argument != name).nth(1)?;
        let value = value.parse::<usize>();
        Some(value.unwrap_or_else(|error| panic!("{name} needs a number: {error}")))
    };
    let seed = number("--seed").unwrap_or(1) as u64;
    let promotions = if has("--reads") {
        promotions::promotions_and_reads().boxed()
    } else {
        promotions::promotions().boxed()
    };
    let programs = strategy::generate(seed, strategy::programs());
    let mut cases = programs.zip(strategy::generate(seed, promotions));
    let mut out = BufWriter::new(io::stdout().lock());
    if let Some(index) = number("--show") {
        return writeln!(out, "{:#?}", cases.nth(index));
    }
    let mut found = BTreeMap::<String, u32>::new();
    for (index, (mut program, promotions)) in cases.take(number("--programs").unwrap_or(100)).enumerate() {
        if has("--all-sampled") {
            program.rates = vec![program::Rates::ALL];
        }
        let without = || world::exported(&program, &Promotions::none());
        let with = || world::exported(&program, &promotions);
        if has("--check") {
            let difference = world::difference(&program, &promotions);
            if !difference.is_empty() {
                writeln!(out, "{index}:{difference}")?;
            }
        } else if has("--count") {
            for feature in without().features().collect::<BTreeSet<_>>() {
                *found.entry(feature.to_owned()).or_default() += 1;
            }
        } else {
            let exported = if has("--promote") || has("--reads") {
                with()
            } else {
                without()
            };
            writeln!(out, "{}", serde_json::json!({ "program": index, "exported": exported }))?;
        }
    }
    for (feature, count) in found {
        writeln!(out, "{count:6} {feature}")?;
    }
    out.flush()
}
