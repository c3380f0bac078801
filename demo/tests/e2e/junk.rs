//! Thousands of messages that no process can handle, ahead of those of orders.

use sqlx::PgPool;
use tasker_span_demo::orders::workflows;
use tasker_span_demo::tasker::TaskState;
use tasker_span_demo::tasker::message::{ORCHESTRATION_QUEUE, worker_queue};
use tasker_span_demo::tasker::postgres::install;
use tasker_span_tests::servers::postgres::SERVER;
use tasker_span_tests::servers::{url, wait_for};

use crate::example_order;
use crate::shop::Shop;

/// In the queue of the orchestrators, and in that of the workers.
const JUNK: [i64; 2] = [4000, 1000];

/// As the engine has it.
const DELIVERIES: i64 = 3;

/// Sends messages about unknown tasks. Every tenth cannot be read at all.
async fn send_junk(pool: &PgPool, queue: &str, count: i64) -> sqlx::Result<()> {
    let junk = "SELECT pgmq.send_batch($1, array_agg(
                    CASE WHEN number % 10 = 0 THEN to_jsonb(number)
                    ELSE jsonb_build_object('type', 'task_created', 'task_uuid', gen_random_uuid(),
                                            'step_uuid', gen_random_uuid(), 'correlation_id', gen_random_uuid()) END))
                FROM generate_series(1, $2) number";
    sqlx::query(junk).bind(queue).bind(count).execute(pool).await?;
    Ok(())
}

/// How often the first messages of a queue were read, together and each at most, and how many are archived.
async fn reads(pool: &PgPool, queue: &str, count: i64) -> sqlx::Result<(i64, i64, i64)> {
    let reads = format!(
        "SELECT sum(read_ct)::bigint, max(read_ct)::bigint, count(*) FILTER (WHERE is_archived) FROM (
             SELECT msg_id, read_ct, false AS is_archived FROM pgmq.q_{queue}
             UNION ALL SELECT msg_id, read_ct, true FROM pgmq.a_{queue}) messages
         WHERE msg_id <= $1"
    );
    sqlx::query_as(&reads).bind(count).fetch_one(pool).await
}

#[test]
#[ignore = "needs PostgreSQL and Jaeger: run it under scripts/with-servers"]
fn orders_end_behind_five_thousand_messages_about_unknown_tasks() {
    // It keeps the processors busy.
    let shop = Shop::open_alone_on(&url(SERVER));
    let queues = [ORCHESTRATION_QUEUE.to_owned(), worker_queue("fulfillment")];
    let junk = || queues.iter().zip(JUNK);
    shop.with_database(async |pool| {
        install(pool, &workflows().unwrap()).await.unwrap();
        for (queue, count) in junk() {
            send_junk(pool, queue, count).await?;
        }
        Ok(())
    });
    let mut programs = [shop.further_orchestrator(), shop.worker()];
    let mut orders = shop.orchestrator(&["1001", "1002"].map(example_order));
    let ended = shop.wait_for_end(2);
    assert!(ended.iter().all(|task| task.state == TaskState::Complete), "{ended:?}");
    for (queue, count) in junk() {
        let (all, most, _) = shop.with_database(async |pool| reads(pool, queue, count).await);
        println!("{queue}: {all} reads of {count} messages before the orders had ended");
        assert!(most <= DELIVERIES, "{queue}: {most} reads of one message");
    }

    wait_for("an end of the junk", || {
        let left = junk().map(|(queue, count)| {
            let (_, _, archived) = shop.with_database(async |pool| reads(pool, queue, count).await);
            count - archived
        });
        let left = left.collect::<Vec<_>>();
        if left == [0, 0] {
            Ok(())
        } else {
            Err(format!("left: {left:?}"))
        }
    });
    for program in &programs {
        program.terminate();
    }
    let given_up = programs.iter_mut().chain([&mut orders]).map(|program| {
        let printed = program.wait_for_success();
        let line = printed.lines().find_map(|line| line.split_once(" messages given up"));
        line.map_or(0, |(count, _)| count.parse().unwrap())
    });
    assert_eq!(given_up.sum::<i64>(), JUNK.iter().sum::<i64>());
    for (queue, count) in junk() {
        let (all, most, _) = shop.with_database(async |pool| reads(pool, queue, count).await);
        assert_eq!((all, most), (DELIVERIES * count, DELIVERIES), "{queue}");
    }
}
