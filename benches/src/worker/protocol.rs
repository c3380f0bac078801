//! What goes over the pipes between the command and its workers: a line each way.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::failure::Failure;
use crate::scenario::Scenario;

/// What to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which functions, and how.
    pub scenario: Scenario,
    /// How many calls at least.
    pub calls: u64,
}

/// What it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Of the calling thread's time; exporting is not in it.
    pub wall: Duration,
    /// Of the whole process's CPU time, with all of the exporting.
    pub cpu: Duration,
    /// How many calls were measured.
    pub calls: u64,
    /// How many spans arrived at the exporter, with those of the warm-up.
    pub exported: u64,
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.scenario, self.calls)
    }
}

impl FromStr for Order {
    type Err = Failure;

    fn from_str(line: &str) -> Result<Self, Failure> {
        let unknown = || Failure::new(format!("`{line}` is no order"));
        let (scenario, calls) = line.split_once(' ').ok_or_else(unknown)?;
        Ok(Self {
            scenario: scenario.parse().map_err(Failure::new)?,
            calls: calls.parse().map_err(|_| unknown())?,
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wall, cpu) = (self.wall.as_nanos(), self.cpu.as_nanos());
        write!(f, "{wall} {cpu} {} {}", self.calls, self.exported)
    }
}

impl FromStr for Answer {
    type Err = Failure;

    fn from_str(line: &str) -> Result<Self, Failure> {
        let numbers: Result<Vec<u64>, _> = line.split(' ').map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[wall, cpu, calls, exported]) => Ok(Self {
                wall: Duration::from_nanos(wall),
                cpu: Duration::from_nanos(cpu),
                calls,
                exported,
            }),
            // A worker that fails says why.
            _ => Err(Failure::new(line.trim_start_matches("failed: "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_is_written() {
        let order = Order {
            scenario: Scenario::Nested(3),
            calls: 17,
        };
        assert_eq!(order.to_string().parse::<Order>().unwrap(), order);
        let answer = Answer {
            wall: Duration::from_nanos(1),
            cpu: Duration::from_nanos(2),
            calls: 3,
            exported: 4,
        };
        assert_eq!(answer.to_string().parse::<Answer>().unwrap(), answer);
        let failure = "failed: no collector".parse::<Answer>().unwrap_err();
        assert_eq!(failure.to_string(), "no collector");
    }
}
