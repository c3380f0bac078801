//! `History`: which process has committed what, as the database saw it.

use std::collections::HashMap;

use sqlx::Executor;
use tasker_span_demo::orders::workflows;
use tasker_span_demo::tasker::postgres::install;
use uuid::Uuid;

use crate::shop::Shop;

/// What was done to a task or a step: the state that it entered, `claimed` or `saved`, with the number of the attempt.
type Key = (Uuid, Option<i32>, String);

#[derive(Debug)]
pub(crate) struct History(HashMap<Key, Vec<Commit>>);

/// A transaction that the database has committed.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    /// The id of the process.
    pub(crate) by: String,
    /// The database crashed just after it: the process may not know of it.
    pub(crate) is_in_doubt: bool,
}

/// Creates the tables, and triggers that write the history.
pub(crate) fn install_history(shop: &Shop) {
    shop.with_database(async |pool| {
        install(pool, &workflows().unwrap()).await.unwrap();
        let triggers = "
            CREATE TABLE history (uuid uuid, attempt integer, event text,
                                  process text DEFAULT current_setting('application_name'),
                                  at timestamptz DEFAULT clock_timestamp());
            CREATE FUNCTION note_attempt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO history (uuid, attempt, event) VALUES (
                    NEW.workflow_step_uuid, NEW.attempt, CASE WHEN NEW.claimed_at IS NULL THEN 'saved' ELSE 'claimed' END);
                RETURN NULL;
            END $$;
            CREATE FUNCTION note_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO history (uuid, event) VALUES (NEW.task_uuid, NEW.state);
                RETURN NULL;
            END $$;
            CREATE TRIGGER note AFTER UPDATE OF claimed_at ON tasker.workflow_steps
                FOR EACH ROW EXECUTE FUNCTION note_attempt();
            CREATE TRIGGER note AFTER INSERT OR UPDATE OF state ON tasker.tasks
                FOR EACH ROW EXECUTE FUNCTION note_state();";
        pool.execute(triggers).await
    });
}

impl History {
    pub(crate) fn read(shop: &Shop) -> Self {
        let rows: Vec<(Uuid, Option<i32>, String, String, bool)> = shop.with_database(async |pool| {
            let rows = "SELECT uuid, attempt, event, process,
                               at BETWEEN pg_postmaster_start_time() - interval '3 s' AND pg_postmaster_start_time()
                        FROM history ORDER BY at";
            sqlx::query_as(rows).fetch_all(pool).await
        });
        let mut commits: HashMap<_, Vec<_>> = HashMap::new();
        for (uuid, attempt, event, process, is_in_doubt) in rows {
            let (_, id) = process.rsplit_once(' ').expect("a program's name and its process");
            let by = id.to_owned();
            commits
                .entry((uuid, attempt, event))
                .or_default()
                .push(Commit { by, is_in_doubt });
        }
        Self(commits)
    }

    /// The commits that moved the task to this state. It is created in the state `pending`.
    pub(crate) fn moved(&self, task: Uuid, state: &str) -> &[Commit] {
        self.of(&(task, None, state.to_owned()))
    }

    /// The commits that claimed an attempt. A lost one that was the last is claimed again, to fail the step.
    pub(crate) fn claimed(&self, step: Uuid, attempt: i32) -> &[Commit] {
        self.of(&(step, Some(attempt), "claimed".to_owned()))
    }

    /// The commits that saved the result of an attempt: one at most.
    pub(crate) fn saved(&self, step: Uuid, attempt: i32) -> &[Commit] {
        self.of(&(step, Some(attempt), "saved".to_owned()))
    }

    fn of(&self, key: &Key) -> &[Commit] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }
}
