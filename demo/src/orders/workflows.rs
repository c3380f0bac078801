//! The shop's workflows.

use std::time::Duration;

use crate::tasker::{StepTemplate, TaskTemplate, TaskTemplateRegistry, TaskerResult};

/// The templates of all workflows.
pub fn workflows() -> TaskerResult<TaskTemplateRegistry> {
    let step = |name: &str| StepTemplate::new(name, name);
    let soon = Duration::from_millis(40);
    let tomorrow = Duration::from_hours(24);
    let templates = [
        TaskTemplate::new(
            "fulfillment",
            "process_order",
            [
                step("validate_order"),
                step("charge_payment").after(["validate_order"]).attempts(3, soon),
                step("reserve_stock").after(["validate_order"]).attempts(2, soon),
                step("ship_order").after(["charge_payment", "reserve_stock"]),
                step("send_receipt").after(["ship_order"]),
            ],
        ),
        TaskTemplate::new(
            "payments",
            "renew_subscription",
            [
                step("validate_order"),
                step("charge_payment").after(["validate_order"]).attempts(3, soon),
                step("send_receipt").after(["charge_payment"]),
            ],
        ),
        TaskTemplate::new(
            "inventory",
            "restock",
            [
                step("order_from_supplier"),
                step("receive_goods").after(["order_from_supplier"]),
            ],
        ),
        TaskTemplate::new(
            "gift_cards",
            "sell_gift_card",
            [
                step("charge_payment").attempts(5, tomorrow),
                step("send_receipt").after(["charge_payment"]),
            ],
        ),
    ];
    templates.into_iter().collect()
}
