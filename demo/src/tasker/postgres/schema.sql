-- The tables of the small Tasker. Runs at each start of a program: a statement does nothing if its object exists.
CREATE SCHEMA IF NOT EXISTS tasker;

CREATE TABLE IF NOT EXISTS tasker.tasks (
    task_uuid             uuid PRIMARY KEY,
    -- Chosen by callers, not unique.
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
    -- The position in the template.
    position           integer NOT NULL,
    name               text NOT NULL,
    handler_name       text NOT NULL,
    state              text NOT NULL,
    -- The number of the latest attempt. NULL before the first claim.
    attempt            integer,
    max_attempts       integer NOT NULL,
    backoff_ms         bigint NOT NULL,
    depends_on         uuid[] NOT NULL,
    result             jsonb,
    -- The claim of the latest attempt until its result: the time by the worker's clock, and the worker.
    claimed_at         timestamptz,
    claimed_by         text,
    UNIQUE (task_uuid, position)
);
