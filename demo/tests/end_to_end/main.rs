//! The examples with PostgreSQL and Jaeger.

mod arrival;
mod jaeger;
mod process;
mod processes;
mod shop;
