//! A database of its own for each test, with PGMQ installed.

use std::fmt;
use std::str::FromStr;
use std::thread;

use pgmq::PGMQueueExt;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};
use uuid::Uuid;

use super::url;

/// The variable that names the server.
pub const SERVER: &str = "TASKER_SPAN_POSTGRES_URL";

/// A database that is there until this value is dropped.
pub struct Database {
    name: String,
    server: PgConnectOptions,
    pool: PgPool,
    queues: PGMQueueExt,
}

/// Creates a database on the [`SERVER`], and installs PGMQ in it.
///
/// # Panics
///
/// If the server is not named, or not reached.
pub async fn database() -> Database {
    database_on(&url(SERVER)).await
}

/// The same on another server.
///
/// # Panics
///
/// If the server is not reached.
pub async fn database_on(server: &str) -> Database {
    let server = PgConnectOptions::from_str(server)
        .unwrap_or_else(|error| panic!("the URL of {SERVER}, or of the test's own server: {error}"));
    let name = format!("tasker_span_{}", Uuid::new_v4().simple());
    run(&server, &format!("CREATE DATABASE {name}"))
        .await
        .unwrap_or_else(|error| panic!("the server of {SERVER}, or the test's own: {error}"));
    let options = server.clone().database(&name);
    let pool = PgPoolOptions::new().max_connections(5).connect_lazy_with(options);
    let queues = PGMQueueExt::new_with_pool(pool.clone()).await;
    let database = Database {
        name,
        server,
        pool,
        queues,
    };
    database.queues.install_sql_from_embedded().await.unwrap();
    database
}

impl Database {
    /// The database's URL, for a process of its own.
    pub fn url(&self) -> String {
        self.server.clone().database(&self.name).to_url_lossy().to_string()
    }

    /// Connections to the database.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The database's queues.
    pub fn queues(&self) -> &PGMQueueExt {
        &self.queues
    }
}

async fn run(server: &PgConnectOptions, statement: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(server).await?;
    sqlx::raw_sql(statement).execute(&mut connection).await?;
    connection.close().await
}

impl Drop for Database {
    /// The test's own runtime may be ending, or be busy with this.
    fn drop(&mut self) {
        let drop_it = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let server = self.server.clone();
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(run(&server, &drop_it))
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("the database {} is left behind: {error}", self.name);
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
