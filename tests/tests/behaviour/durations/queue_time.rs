//! The time between the sending of a step's message and its execution.

use super::*;

const QUEUE_TIME: &str = "tasker.step.queue_time";

struct Message {
    sent_at: Option<SystemTime>,
}

impl AsLink for Message {
    fn add_to(&self, links: &mut Links) {
        links.trace_context(&remote(7, 8));
        links.message("pgmq", "payments_queue", "42");
        links.delivery(self.sent_at, 1);
    }
}

#[step_span("step.execution", link = messages)]
fn receive(task: &Task, step: &Step, messages: &[Message]) {}

fn sent(ago: u64) -> Message {
    Message {
        sent_at: Some(SystemTime::now() - Duration::from_secs(ago)),
    }
}

#[test]
fn it_is_measured_at_every_rate() {
    process::alone_each([0.0, 1.0], |rate| {
        let metrics = Metrics::new();
        let capture = sampling::at(Sampling::new().step_rate(rate));
        let (task, began) = (Task::default(), Instant::now());
        receive(&task, &task.step(), &[sent(90)]);
        // The one that waited longest.
        receive(&task, &task.step(), &[sent(10), sent(30), sent(20)]);
        // Of the clock of another machine.
        let ahead = SystemTime::now() + Duration::from_secs(5);
        receive(&task, &task.step(), &[Message { sent_at: Some(ahead) }]);
        receive(&task, &task.step(), &[Message { sent_at: None }]);
        receive(&task, &task.step(), &[]);
        let around = 120.0 + 2.0 * began.elapsed().as_secs_f64();
        let (attributes, series) = metrics.histogram(QUEUE_TIME).into_iter().next().unwrap();
        assert_eq!(attributes, "handler_name=charge_payment namespace=payments");
        assert_eq!(series.count, 3);
        assert_between(series.sum, 120.0, around);
        assert_eq!(metrics.collect().counts(STEPS).into_values().sum::<u64>(), 5);
        assert_eq!(capture.spans().len(), if rate > 0.5 { 5 } else { 0 });
    });
}

#[test]
fn a_message_that_cannot_be_read_does_not_stop_the_step() {
    struct Broken;

    impl AsLink for Broken {
        fn add_to(&self, _: &mut Links) {
            panic!("no message")
        }
    }

    #[step_span("step.execution", link = message)]
    fn receive(task: &Task, step: &Step, message: &Broken) {}

    process::alone(|| {
        let metrics = Metrics::new();
        let _capture = no_steps();
        let task = Task::default();
        receive(&task, &task.step(), &Broken);
        assert_eq!(metrics.collect().counts(STEPS).into_values().sum::<u64>(), 1);
        assert_eq!(metrics.collect().counts(QUEUE_TIME), Counter::new());
    });
}
