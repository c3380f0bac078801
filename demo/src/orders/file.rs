//! Orders in JSON files.

use std::error::Error;
use std::fs;
use std::path::Path;

use super::Order;

/// The orders of the examples.
pub fn example_orders() -> serde_json::Result<Vec<Order>> {
    serde_json::from_str(include_str!("example.json"))
}

/// The orders in a file, or those of the examples.
pub fn read_orders(path: Option<&Path>) -> Result<Vec<Order>, Box<dyn Error>> {
    let Some(path) = path else {
        return Ok(example_orders()?);
    };
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    Ok(serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?)
}
