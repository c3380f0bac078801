//! The database that a program works on.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};

const DEFAULT_URL: &str = "postgres://postgres:postgres@localhost:5432/postgres";

/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// No database to work on. Says what to do about it.
#[derive(Debug)]
pub struct DatabaseUnavailable {
    /// Where it was looked for: never with a password.
    place: String,
    error: Box<dyn Error + Send + Sync>,
}

/// Connects to the database that `DATABASE_URL` names. There the connections are called by the program's name and process
/// id.
///
/// # Errors
///
/// Where the URL is none, or nobody answers there.
pub async fn connect(program: &str) -> Result<PgPool, DatabaseUnavailable> {
    let url = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty());
    let options =
        PgConnectOptions::from_str(url.as_deref().unwrap_or(DEFAULT_URL)).map_err(|error| DatabaseUnavailable {
            place: "where DATABASE_URL says".to_owned(),
            error: error.into(),
        })?;
    let options = options
        .application_name(&format!("{program} {}", std::process::id()))
        .disable_statement_logging();

    // A pool would go on trying for its whole timeout, and then not say why it failed.
    match tokio::time::timeout(CONNECT, PgConnection::connect_with(&options)).await {
        Ok(Ok(connection)) => connection.close().await.map_err(Into::into),
        Ok(Err(error)) => Err(error.into()),
        Err(timeout) => Err(timeout.into()),
    }
    .map_err(|error| DatabaseUnavailable {
        place: place(&options),
        error,
    })?;
    Ok(PgPoolOptions::new().acquire_timeout(CONNECT).connect_lazy_with(options))
}

fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_default();
    format!("at {}:{}/{database}", options.get_host(), options.get_port())
}

impl fmt::Display for DatabaseUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "no connection to PostgreSQL {}: {}", self.place, self.error)?;
        writeln!(f, "  with Docker:     docker compose up --wait")?;
        writeln!(
            f,
            "  without:         scripts/with-servers, and the variables that it prints"
        )?;
        write!(f, "  one of your own: DATABASE_URL={DEFAULT_URL}")
    }
}

impl Error for DatabaseUnavailable {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_the_place_and_no_password() {
        let options = PgConnectOptions::from_str("postgres://shop:secret@db.internal:6432/orders").expect("a URL");
        let error = DatabaseUnavailable {
            place: place(&options),
            error: "Connection refused".into(),
        };
        let text = error.to_string();
        assert!(
            text.starts_with("no connection to PostgreSQL at db.internal:6432/orders: Connection refused\n"),
            "{text}"
        );
        assert!(!text.contains("secret"), "{text}");
    }
}
