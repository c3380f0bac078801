//! 200 tasks, while processes are killed and stopped, the database crashes, and a clock is ahead.
//!
//! All tasks end. What a surviving process has recorded is in Jaeger, each span once. What is missing was in a killed process.

mod account;
mod fleet;
mod history;
mod losses;
mod plan;
mod rows;
mod server;

use tasker_span_demo::orders::Order;
use tasker_span_tests::servers::wait_for;

use crate::example_order;
use crate::shop::Shop;
use account::Account;
use fleet::Fleet;
use history::install_history;
use plan::Plan;
use server::Server;

/// The last one has a child task.
const ORDERS: [&str; 4] = ["1001", "1002", "1003", "1004"];
const ROUNDS: usize = 50;
const TASKS: usize = ROUNDS * ORDERS.len();

/// Half of the attempts that the orders take.
const ATTEMPTS: u64 = 450;

fn orders() -> Vec<Order> {
    let orders = (0..ROUNDS).flat_map(|round| ORDERS.map(|number| (round, example_order(number))));
    let orders = orders.map(|(round, order)| Order {
        number: format!("{}-{round}", order.number),
        ..order
    });
    orders.collect()
}

#[test]
#[ignore = "needs PostgreSQL and Jaeger: run it under scripts/with-servers"]
fn every_task_ends_and_every_loss_has_a_killed_process() {
    let mut server = Server::start();
    let shop = Shop::open_alone_on(server.url());
    install_history(&shop);
    let orders = orders();
    let placing = shop.orchestrator(&orders);
    wait_for("all orders", || match rows::count_tasks(&shop, "true") {
        placed if placed >= i64::try_from(TASKS).unwrap() => Ok(()),
        placed => Err(placed.to_string()),
    });

    let plan = Plan::new(ATTEMPTS);
    println!("CRASH_SEED={}", plan.seed);
    let mut fleet = Fleet::start(&shop, placing);
    for (attempts, fault) in plan.faults {
        let made = wait_for(&format!("{attempts} attempts"), || {
            let made = rows::attempts(&shop);
            if made >= i64::try_from(attempts).unwrap() {
                Ok(made)
            } else {
                Err(made.to_string())
            }
        });
        println!("after {made} attempts: {fault:?}");
        fleet.suffer(fault, &mut server);
    }
    wait_for_end(&shop);
    let processes = fleet.end();

    let tasks = shop.tasks();
    assert!(tasks.len() >= TASKS, "{}", tasks.len());
    let mut account = Account::new(&shop, &processes);
    for task in &tasks {
        account.check(task);
    }
    println!("{}", account.losses);
    account.losses.assert_explained();
}

/// Waits for as long as there is progress: tasks that all run at once also end at once.
#[track_caller]
fn wait_for_end(shop: &Shop) {
    const PROGRESS: i64 = 100;
    let mut has_ended = false;
    while !has_ended {
        let before = rows::commits(shop);
        has_ended = wait_for("an end of all tasks, or progress", || {
            match rows::count_tasks(shop, "ended_at IS NULL") {
                0 => Ok(true),
                _ if rows::commits(shop) >= before + PROGRESS => Ok(false),
                left => Err(format!("{left} tasks left")),
            }
        });
    }
}
