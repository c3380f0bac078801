-- The tables of the small Tasker, in a schema of their own. Run whenever a program starts: every statement does nothing
-- where its object exists.
CREATE SCHEMA IF NOT EXISTS tasker;

CREATE TABLE IF NOT EXISTS tasker.tasks (
    task_uuid             uuid PRIMARY KEY,
    -- Chosen by callers: nothing keeps two tasks from sharing it.
    correlation_id        uuid NOT NULL,
    parent_correlation_id uuid,
    namespace_name        text NOT NULL,
    task_name             text NOT NULL,
    priority              integer NOT NULL,
    context               jsonb NOT NULL,
    state                 text NOT NULL,
    requested_at          timestamptz NOT NULL,
    -- Set with the terminal state.
    ended_at              timestamptz
);
CREATE INDEX IF NOT EXISTS tasks_correlation_id ON tasker.tasks (correlation_id);
CREATE INDEX IF NOT EXISTS tasks_parent_correlation_id ON tasker.tasks (parent_correlation_id);

CREATE TABLE IF NOT EXISTS tasker.workflow_steps (
    workflow_step_uuid uuid PRIMARY KEY,
    task_uuid          uuid NOT NULL REFERENCES tasker.tasks,
    -- The place in the template.
    position           integer NOT NULL,
    name               text NOT NULL,
    handler_name       text NOT NULL,
    state              text NOT NULL,
    -- The number of the latest attempt; none before the first claim.
    attempt            integer,
    max_attempts       integer NOT NULL,
    backoff_ms         bigint NOT NULL,
    depends_on         uuid[] NOT NULL,
    result             jsonb,
    -- The claim of the latest attempt, while its result is not in: when, by that worker's clock, and by whom.
    claimed_at         timestamptz,
    claimed_by         text,
    UNIQUE (task_uuid, position)
);
