//! `connect`: the database of a program.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};

const DEFAULT_URL: &str = "postgres://postgres:postgres@localhost:5432/postgres";

/// The deadline of a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// There is no connection to the database. The message says how to get one.
#[derive(Debug)]
pub struct DatabaseUnavailable {
    /// The address, without the password.
    address: String,
    error: Box<dyn Error + Send + Sync>,
}

/// Connects to `DATABASE_URL`. The `application_name` of the connections is the program's name and
/// process id.
pub async fn connect(program: &str) -> Result<PgPool, DatabaseUnavailable> {
    let url = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty());
    let options =
        PgConnectOptions::from_str(url.as_deref().unwrap_or(DEFAULT_URL)).map_err(|error| DatabaseUnavailable {
            address: "at DATABASE_URL".to_owned(),
            error: error.into(),
        })?;
    let options = options
        .application_name(&format!("{program} {}", std::process::id()))
        .disable_statement_logging();

    // A pool would retry until its timeout, and not say why it failed.
    match tokio::time::timeout(CONNECT, PgConnection::connect_with(&options)).await {
        Ok(Ok(connection)) => connection.close().await.map_err(Into::into),
        Ok(Err(error)) => Err(error.into()),
        Err(timeout) => Err(timeout.into()),
    }
    .map_err(|error| DatabaseUnavailable {
        address: address(&options),
        error,
    })?;
    Ok(PgPoolOptions::new().acquire_timeout(CONNECT).connect_lazy_with(options))
}

fn address(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_default();
    format!("at {}:{}/{database}", options.get_host(), options.get_port())
}

impl fmt::Display for DatabaseUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "no connection to PostgreSQL {}: {}", self.address, self.error)?;
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
    fn an_error_shows_the_address_and_no_password() {
        let options = PgConnectOptions::from_str("postgres://shop:secret@db.internal:6432/orders").expect("a URL");
        let error = DatabaseUnavailable {
            address: address(&options),
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
