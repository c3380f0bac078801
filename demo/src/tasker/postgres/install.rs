//! `install`: PGMQ, tables and queues.

use ::pgmq::PGMQueueExt;
use ::pgmq::install::install_sql_from_embedded;
use sqlx::PgPool;

use crate::tasker::message::{ORCHESTRATION_QUEUE, worker_queue};
use crate::tasker::{TaskTemplateRegistry, TaskerResult};

/// Serialises the creation of tables: `IF NOT EXISTS` fails if two programs run it at once.
const SCHEMA_LOCK: i64 = 0x0074_6173_6b65_7221;

/// Installs PGMQ, the tables and the queues of these templates if they are missing. Several
/// programs may do so at once.
pub async fn install(pool: &PgPool, templates: &TaskTemplateRegistry) -> TaskerResult<()> {
    install_pgmq(pool).await?;
    install_tables(pool).await?;
    let pgmq = PGMQueueExt::new_with_pool(pool.clone()).await;
    let workers = templates.namespaces().map(worker_queue);
    for queue in workers.chain([ORCHESTRATION_QUEUE.to_owned()]) {
        // Takes a lock, and does nothing if the queue exists.
        pgmq.create(&queue).await?;
    }
    Ok(())
}

/// Installs the SQL of the crate if there is no extension. Takes a lock of its own.
async fn install_pgmq(pool: &PgPool) -> TaskerResult<()> {
    let is_extension = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pgmq')");
    if !is_extension.fetch_one(pool).await? {
        install_sql_from_embedded(pool).await?;
    }
    Ok(())
}

async fn install_tables(pool: &PgPool) -> TaskerResult<()> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(SCHEMA_LOCK)
        .execute(&mut *transaction)
        .await?;
    // The last one of the schema. What replaces a function waits for the locks of its tables.
    let is_installed = sqlx::query_scalar("SELECT to_regprocedure('tasker.cancel_task(uuid)') IS NOT NULL");
    if !is_installed.fetch_one(&mut *transaction).await? {
        sqlx::raw_sql(include_str!("schema.sql"))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}
