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
    -- When it entered the state.
    state_since           timestamptz NOT NULL DEFAULT now(),
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

-- The transitions that the functions below made: no program ran them.
CREATE TABLE IF NOT EXISTS tasker.moves (
    task_uuid  uuid NOT NULL REFERENCES tasker.tasks,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    -- How long the task was in the state that it left.
    minutes    integer NOT NULL,
    moved_at   timestamptz NOT NULL,
    PRIMARY KEY (task_uuid, moved_at, from_state, to_state)
);

-- Moves tasks that are in one of these states.
CREATE OR REPLACE FUNCTION tasker.move_tasks(task_uuids uuid[], from_states text[], target text)
RETURNS SETOF tasker.moves LANGUAGE sql AS $$
    WITH before AS (
        SELECT task_uuid, state, state_since FROM tasker.tasks
        WHERE task_uuid = ANY(task_uuids) AND state = ANY(from_states)
        ORDER BY task_uuid FOR UPDATE
    ), moved AS (
        UPDATE tasker.tasks task SET state = target, state_since = now(), ended_at = coalesce(ended_at, now())
        FROM before WHERE task.task_uuid = before.task_uuid
    )
    INSERT INTO tasker.moves
    SELECT task_uuid, state, target, extract(epoch FROM now() - state_since) / 60, now() FROM before
    RETURNING *
$$;

-- Moves tasks that make no progress to the state error. They are dead letters until an operator resolves them.
CREATE OR REPLACE FUNCTION tasker.detect_stale_tasks(longest interval) RETURNS SETOF tasker.moves LANGUAGE sql AS $$
    SELECT move.* FROM (
        SELECT array_agg(task_uuid) AS task_uuids, array_agg(DISTINCT state) AS states FROM tasker.tasks
        WHERE ended_at IS NULL AND state_since < now() - longest
    ) stale, tasker.move_tasks(stale.task_uuids, stale.states, 'error') move
$$;

CREATE OR REPLACE VIEW tasker.dead_letters AS
    SELECT move.* FROM tasker.moves move JOIN tasker.tasks task USING (task_uuid)
    WHERE move.to_state = 'error' AND task.state = 'error';

CREATE OR REPLACE FUNCTION tasker.resolve_manually(task_uuid uuid) RETURNS SETOF tasker.moves LANGUAGE sql AS $$
    SELECT * FROM tasker.move_tasks(ARRAY[task_uuid], '{error, blocked_by_failures}', 'resolved_manually')
$$;

CREATE OR REPLACE FUNCTION tasker.cancel_task(task_uuid uuid) RETURNS SETOF tasker.moves LANGUAGE sql AS $$
    SELECT move.* FROM tasker.tasks task, tasker.move_tasks(ARRAY[task.task_uuid], ARRAY[task.state], 'cancelled') move
    WHERE task.task_uuid = cancel_task.task_uuid AND task.ended_at IS NULL
$$;
