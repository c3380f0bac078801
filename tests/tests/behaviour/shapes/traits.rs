//! Methods of traits and of their implementations.

use std::fmt::Debug;

use tasker_span_tests::prelude::*;

use super::{span_of, span_of_future};

trait Action {
    type Output: Debug;
    const LIMIT: usize;

    fn run(&self, task: &Task) -> Self::Output;

    /// A default body has its span as well.
    #[task_span("task.orchestration")]
    fn describe(&self, task: &Task) -> String {
        format!("{} up to {}", task.namespace_name, Self::LIMIT)
    }

    #[allow(async_fn_in_trait, reason = "it is what this tests")]
    async fn later(&mut self, task: &Task) -> Option<&Self::Output>;

    #[task_span("task.orchestration")]
    #[allow(async_fn_in_trait, reason = "it is what this tests")]
    async fn later_by_default(&self, task: Task) -> Result<Self::Output, String>
    where
        Self: Sized,
    {
        tokio::task::yield_now().await;
        if task.priority > 100 {
            return Err("too urgent".to_owned());
        }
        Err(format!("{}", Self::LIMIT))
    }
}

struct Charge<T> {
    charged: Option<T>,
}

impl<T: Debug + Default + Clone> Action for Charge<T> {
    type Output = T;
    const LIMIT: usize = 7;

    #[task_span("task.orchestration")]
    fn run(&self, task: &Task) -> Self::Output {
        assert!(task.priority > 0);
        self.charged.clone().unwrap_or_default()
    }

    #[task_span("task.orchestration")]
    async fn later(&mut self, task: &Task) -> Option<&T> {
        tokio::task::yield_now().await;
        assert!(task.priority > 0);
        self.charged = Some(T::default());
        self.charged.as_ref()
    }
}

#[test]
fn synchronous() {
    let charge = Charge { charged: Some(3) };
    assert_eq!(span_of(|task| charge.run(&task)).0, 3);
    assert_eq!(span_of(|task| charge.describe(&task)).0, "payments up to 7");
}

#[test]
fn asynchronous() {
    let mut charge = Charge::<u8> { charged: None };
    assert_eq!(
        span_of_future(|task| async {
            let task = task;
            charge.later(&task).await.copied()
        })
        .0,
        Some(0)
    );
    let (result, span) = span_of_future(|task| charge.later_by_default(task));
    assert_eq!(result, Err("7".to_owned()));
    assert!(span.is_error());
}
