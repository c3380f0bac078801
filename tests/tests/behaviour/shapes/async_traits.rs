//! `#[async_trait]` with the attribute inside, on traits and implementations.

use async_trait::async_trait;
use tasker_span_tests::prelude::*;

use super::span_of_future;

#[async_trait]
trait Handler: Send + Sync {
    async fn call(&self, task: &Task, step: &Step) -> Result<u32, Box<dyn std::error::Error + Send + Sync>>;

    #[task_span("task.orchestration")]
    async fn describe(&self, task: &Task, mut prefix: String) -> String {
        tokio::task::yield_now().await;
        prefix.push_str(&task.namespace_name);
        prefix
    }

    async fn forget(self: Box<Self>, task: Task);
}

struct Charge {
    amount: u32,
    owner: Task,
}

#[async_trait]
impl Handler for Charge {
    #[step_span("handler.execution")]
    async fn call(&self, task: &Task, step: &Step) -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
        tokio::task::yield_now().await;
        if step.attempts > 1 {
            return Err("only once".into());
        }
        Ok(self.amount + u32::try_from(task.priority)?)
    }

    #[task_span("task.orchestration", task = self.owner)]
    async fn forget(self: Box<Self>, task: Task) {
        tokio::task::yield_now().await;
        drop(task);
    }
}

#[async_trait(?Send)]
trait Local<T> {
    async fn add(&mut self, (a, b): (T, T), task: &mut Task) -> &T;
}

#[async_trait(?Send)]
impl<T: std::ops::Add<Output = T> + 'static> Local<T> for Vec<T> {
    #[task_span("task.orchestration")]
    async fn add(&mut self, (a, b): (T, T), task: &mut Task) -> &T {
        let not_send = std::rc::Rc::new(());
        tokio::task::yield_now().await;
        drop(not_send);
        task.priority += 1;
        self.push(a + b);
        &self[self.len() - 1]
    }
}

fn charge(amount: u32) -> Charge {
    Charge {
        amount,
        owner: Task::default(),
    }
}

#[test]
fn methods_of_implementations() {
    let (total, span) = span_of_future(|task| async move {
        let step = task.step();
        let handler: &dyn Handler = &charge(4);
        handler.call(&task, &step).await.unwrap()
    });
    assert_eq!((total, span.name()), (7, "handler.execution"));
    let (result, span) = span_of_future(|task| async move {
        let step = Step {
            attempts: 2,
            ..task.step()
        };
        charge(4).call(&task, &step).await
    });
    assert!(result.is_err() && span.is_error());
    span_of_future(|task| {
        Box::new(Charge {
            amount: 0,
            owner: task.clone(),
        })
        .forget(task)
    });
}

#[test]
fn methods_of_the_trait() {
    let (text, _) = span_of_future(|task| async move { charge(0).describe(&task, "of ".to_owned()).await });
    assert_eq!(text, "of payments");
}

#[test]
fn methods_without_send() {
    let sum = |mut task| async move { *Vec::new().add((3, 4), &mut task).await };
    assert_eq!(span_of_future(sum).0, 7);
}
