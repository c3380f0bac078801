//! `drawn`: the rows of a tree that are drawn. Of a long run of like siblings these are the first, and
//! the count of the others. The text of both is made in `rows`.

use std::collections::HashMap;
use std::time::Duration;

use super::columns::Line;
use super::label::Attempt;
use super::tree::Row;

/// So many of a run are drawn.
const FIRST: usize = 3;
/// A shorter rest is drawn, too.
const SHORTEST_REST: usize = 10;

/// A row that is drawn.
pub(super) struct Drawn {
    pub(super) index: usize,
    /// Whether no drawn sibling follows.
    pub(super) last: bool,
    /// The row and these others, if it is drawn for them.
    pub(super) rest: Option<Rest>,
}

/// The siblings of a run that are not drawn. Neither are their descendants.
pub(super) struct Rest {
    pub(super) count: usize,
    /// Their shortest and longest duration.
    pub(super) durations: Option<(Duration, Duration)>,
}

/// All rows.
pub(super) fn all(rows: &[Row]) -> Vec<Drawn> {
    draw(rows, vec![false; rows.len()], HashMap::new())
}

/// The rows without long runs. Siblings are alike if their labels differ in numbers alone, and their
/// attempts are the same. A row with a note, or above one, is always drawn.
pub(super) fn folded(rows: &[Row], lines: &[Line]) -> Vec<Drawn> {
    let noted = with_ancestors(rows, lines.iter().map(|line| !line.notes.is_empty()).collect());
    let mut runs: HashMap<_, Vec<usize>> = HashMap::new();
    for (index, row) in rows.iter().enumerate().filter(|(index, _)| !noted[*index]) {
        let attempt = row.span().and_then(Attempt::of);
        let label = lines[index].label.text().replace(|c: char| c.is_ascii_digit(), "");
        runs.entry((row.parent, attempt, label)).or_default().push(index);
    }
    let mut hidden = vec![false; rows.len()];
    let mut rests = HashMap::new();
    for run in runs.into_values().filter(|run| run.len() >= FIRST + SHORTEST_REST) {
        let rest = &run[FIRST..];
        for &index in rest {
            hidden[index] = true;
        }
        rests.insert(rest[0], Rest::new(rows, rest));
    }
    draw(rows, hidden, rests)
}

impl Rest {
    fn new(rows: &[Row], rest: &[usize]) -> Self {
        let durations = || rest.iter().filter_map(|&index| Some(rows[index].span()?.duration()));
        Self {
            count: rest.len(),
            durations: durations().min().zip(durations().max()),
        }
    }
}

/// Marks the ancestors of marked rows. Parents come before their children.
fn with_ancestors(rows: &[Row], mut marked: Vec<bool>) -> Vec<bool> {
    for (index, row) in rows.iter().enumerate().rev() {
        if let Some(parent) = row.parent.filter(|_| marked[index]) {
            marked[parent] = true;
        }
    }
    marked
}

/// All rows but the hidden ones and their descendants. The first row of a rest is drawn for it.
fn draw(rows: &[Row], mut hidden: Vec<bool>, mut rests: HashMap<usize, Rest>) -> Vec<Drawn> {
    let mut drawn = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let below = row.parent.is_some_and(|parent| hidden[parent]);
        hidden[index] |= below;
        let rest = rests.remove(&index).filter(|_| !below);
        if !hidden[index] || rest.is_some() {
            drawn.push(Drawn {
                index,
                last: false,
                rest,
            });
        }
    }
    let mut followed = vec![false; rows.len()];
    for drawn in drawn.iter_mut().rev() {
        if let Some(parent) = rows[drawn.index].parent {
            drawn.last = !std::mem::replace(&mut followed[parent], true);
        }
    }
    drawn
}
