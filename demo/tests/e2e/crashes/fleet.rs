//! `Fleet`: the processes of a shop, some of which are killed.

use std::ops::Range;

use tasker_span_tests::clock::Clock;
use tasker_span_tests::servers::wait_for;

use super::plan::Fault;
use super::rows::{self, Claim};
use super::server::Server;
use crate::program::Program;
use crate::shop::Shop;

pub(crate) const ORCHESTRATORS: Range<usize> = 0..2;
pub(crate) const WORKERS: Range<usize> = 2..5;

/// The worker whose clock is ahead, and by how many seconds.
const AHEAD: (usize, i64) = (4, 5 * 60);

/// The running processes, and those that have ended.
#[derive(Debug)]
pub(crate) struct Fleet<'a> {
    shop: &'a Shop,
    clock: Clock,
    running: Vec<Program>,
    ended: Vec<Ended>,
}

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its `service.instance.id`.
    pub(crate) id: String,
    pub(crate) was_killed: bool,
    /// Its clock is ahead.
    pub(crate) is_ahead: bool,
}

impl<'a> Fleet<'a> {
    /// Replaces the process that has placed the orders by all others.
    pub(crate) fn start(shop: &'a Shop, mut placing: Program) -> Self {
        let mut fleet = Self {
            shop,
            clock: Clock::ahead(AHEAD.1),
            running: Vec::new(),
            ended: vec![kill(&mut placing, false)],
        };
        let members = ORCHESTRATORS.start..WORKERS.end;
        fleet.running = members.map(|member| fleet.program(member)).collect();
        fleet
    }

    fn program(&self, member: usize) -> Program {
        match member {
            _ if ORCHESTRATORS.contains(&member) => self.shop.further_orchestrator(),
            _ if member == AHEAD.0 => self.shop.worker_with(&self.clock),
            _ => self.shop.worker(),
        }
    }

    pub(crate) fn suffer(&mut self, fault: Fault, server: &mut Server) {
        match fault {
            Fault::Kill(member) => {
                self.ended.push(kill(&mut self.running[member], member == AHEAD.0));
                self.running[member] = self.program(member);
            }
            Fault::Stop(member) => self.stop(member),
            Fault::CrashDatabase => server.crash(),
        }
    }

    /// Stops a worker that executes steps, until others execute them.
    fn stop(&self, member: usize) {
        while !self.is_replaced_while_stopped(&self.running[member]) {}
    }

    /// False if it holds a lock in the database, for which the others would wait. What it had asked last may have taken one
    /// late.
    fn is_replaced_while_stopped(&self, worker: &Program) -> bool {
        let name = format!("pgmq_worker {}", worker.id());
        let claims = wait_for("a worker between its transactions", || {
            worker.signal("STOP");
            let claims = self.claims_without_lock(&name);
            if claims.is_empty() {
                worker.signal("CONT");
                return Err("it has no step, or a lock".to_owned());
            }
            Ok(claims)
        });
        let is_replaced = wait_for("other workers of its steps", || {
            if self.has_lock(&name) {
                return Ok(false);
            }
            let mut left = rows::claims(self.shop, &name);
            left.retain(|claim| claims.contains(claim));
            if left.is_empty() {
                Ok(true)
            } else {
                Err(format!("{left:?}"))
            }
        });
        worker.signal("CONT");
        is_replaced
    }

    fn has_lock(&self, worker: &str) -> bool {
        rows::connections(self.shop, worker, "idle in transaction") > 0
    }

    /// The steps of a stopped worker, once the database has answered it. Empty if it is in a transaction: a query of its own may
    /// wait for that one for ever.
    fn claims_without_lock(&self, worker: &str) -> Vec<Claim> {
        wait_for("answers to the stopped worker", || {
            if self.has_lock(worker) {
                return Ok(Vec::new());
            }
            match rows::connections(self.shop, worker, "active") {
                0 => Ok(rows::claims(self.shop, worker)),
                queries => Err(format!("{queries} queries")),
            }
        })
    }

    /// Ends all processes, which lose no span. Returns all that there were.
    #[track_caller]
    pub(crate) fn end(mut self) -> Vec<Ended> {
        for program in &self.running {
            program.terminate();
        }
        for (member, mut program) in self.running.into_iter().enumerate() {
            // Otherwise it says how many were lost.
            let printed = program.wait_for_success();
            assert!(printed.contains(" spans exported\n"), "{program}");
            self.ended.push(Ended {
                id: program.id(),
                was_killed: false,
                is_ahead: member == AHEAD.0,
            });
        }
        self.ended
    }
}

fn kill(program: &mut Program, is_ahead: bool) -> Ended {
    program.kill();
    Ended {
        id: program.id(),
        was_killed: true,
        is_ahead,
    }
}
