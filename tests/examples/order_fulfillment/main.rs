//! Runs orders through a small Tasker.

use tasker_span_tests::orders;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let orders: Vec<orders::Order> = serde_json::from_str(include_str!("orders.json"))?;
    for done in orders::process(&orders).await? {
        println!("{:?} {} {}", done.order, done.task.task_name, done.state);
    }
    Ok(())
}
