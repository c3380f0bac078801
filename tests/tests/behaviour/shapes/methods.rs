//! Methods, by every kind of receiver.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use tasker_span_tests::prelude::*;

use super::{span_of, span_of_future};

#[derive(Clone)]
struct Worker<'a, T> {
    task: Task,
    name: &'a str,
    jobs: Vec<T>,
}

impl<'a, T: Clone + Unpin> Worker<'a, T> {
    #[task_span("task.orchestration")]
    fn new(task: Task, name: &'a str) -> Self {
        Self {
            task,
            name,
            jobs: Vec::new(),
        }
    }

    #[task_span("task.orchestration", task = self.task)]
    fn name(&self) -> &'a str {
        self.name
    }

    #[task_span("task.orchestration", task = self.task)]
    fn push(&mut self, job: T) -> &mut Self {
        self.jobs.push(job);
        self
    }

    #[task_span("task.orchestration", task = self.task)]
    fn into_jobs(mut self) -> Vec<T> {
        self.jobs.reverse();
        self.jobs
    }

    #[task_span("task.orchestration", task = self.task)]
    fn boxed(self: Box<Self>) -> usize {
        self.jobs.len()
    }

    #[task_span("task.orchestration", task = self.task)]
    fn counted(self: &Rc<Self>) -> usize {
        Rc::strong_count(self)
    }

    #[task_span("task.orchestration", task = self.task)]
    fn pinned(self: Pin<&mut Self>) -> Option<T> {
        // Workers do not mind being moved, so that the pin gives way.
        self.get_mut().jobs.pop()
    }

    #[task_span("task.orchestration", task = self.task)]
    async fn later(&self) -> usize {
        tokio::task::yield_now().await;
        self.jobs.len()
    }

    #[task_span("task.orchestration", task = self.task)]
    async fn last(self: Pin<&mut Self>) -> Option<T> {
        tokio::task::yield_now().await;
        self.get_mut().jobs.pop()
    }

    #[task_span("task.orchestration", task = self.task)]
    async fn shared(self: Arc<Self>, more: &mut Vec<T>) -> &mut T {
        tokio::task::yield_now().await;
        more.extend(self.jobs.iter().cloned());
        more.last_mut().expect("a job")
    }
}

fn worker(task: Task) -> Worker<'static, u8> {
    Worker {
        task,
        name: "worker",
        jobs: vec![1, 2],
    }
}

#[test]
fn synchronous() {
    assert_eq!(span_of(|task| Worker::<u8>::new(task, "new").name).0, "new");
    assert_eq!(span_of(|task| worker(task).name()).0, "worker");
    assert_eq!(span_of(|task| worker(task).push(3).jobs.len()).0, 3);
    assert_eq!(span_of(|task| worker(task).into_jobs()).0, [2, 1]);
    assert_eq!(span_of(|task| Box::new(worker(task)).boxed()).0, 2);
    assert_eq!(span_of(|task| Rc::new(worker(task)).counted()).0, 1);
    assert_eq!(span_of(|task| Pin::new(&mut worker(task)).pinned()).0, Some(2));
}

#[test]
fn asynchronous() {
    assert_eq!(span_of_future(|task| async { worker(task).later().await }).0, 2);
    assert_eq!(
        span_of_future(|task| async { Pin::new(&mut worker(task)).last().await }).0,
        Some(2)
    );
    let shared = |task| async { *Arc::new(worker(task)).shared(&mut Vec::new()).await };
    assert_eq!(span_of_future(shared).0, 2);
}
