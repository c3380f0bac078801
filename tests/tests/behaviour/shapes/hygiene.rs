//! Expansions use no name that a user's own name could shadow, and a body sees no name of theirs.

use tasker_span_tests::prelude::*;

/// No prelude, and every name that expansions might lean on taken.
#[no_implicit_prelude]
mod without_prelude {
    use ::tasker_span_runtime::{step_scope, step_span, task_scope, task_span};
    use ::tasker_span_tests::fixture::{Step, Task};

    #[allow(dead_code, non_camel_case_types, reason = "traps")]
    mod traps {
        pub(super) mod core {}
        pub(super) mod std {}
        pub(super) mod alloc {}
        pub(super) mod tracing {}
        pub(super) mod tasker_span_runtime {}
        pub(super) struct Result;
        pub(super) struct Option;
        pub(super) struct Box;
        pub(super) struct Some;
        pub(super) struct None;
        pub(super) struct Ok;
        pub(super) struct Err;
        pub(super) struct String;
        pub(super) struct Site;
        pub(super) struct Start;
        pub(super) struct TaskOrchestration;
        pub(super) type u32 = ();
        pub(super) type str = ();
    }

    #[allow(unused_imports, reason = "traps")]
    use traps::*;

    macro_rules! trap {
        ($($name:ident)*) => {$(
            #[allow(unused_macros, reason = "traps")]
            macro_rules! $name {
                () => {};
            }
        )*};
    }
    trap! { site supply optional observe ok module_path concat file line }

    #[task_span("task.state_transition", from = from, to = "complete", fields(from, to = ?from), err(Debug), ret)]
    pub(super) fn transition(
        task: &Task,
        from: &::core::primitive::str,
    ) -> ::core::result::Result<i32, ::std::string::String> {
        ::core::result::Result::Ok(task.priority)
    }

    #[step_span(
        "step.execution",
        link = [::tasker_span_runtime::TraceContext::EMPTY],
        failed = |priority| *priority == 0,
        late(attempt_number = |_| 1)
    )]
    pub(super) async fn execute(task: &Task, step: &Step) -> i32 {
        let seven: i32 = ::core::convert::From::from(step.attempts == 7);
        task.priority + seven
    }

    #[task_span("task.initialization", within = "task.orchestration")]
    pub(super) fn initialize(task: &Task) {
        let _ = task.priority;
    }

    #[allow(clippy::needless_pass_by_value, reason = "the future holds what it needs of it")]
    #[task_span("task.orchestration")]
    pub(super) fn boxed(task: Task) -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = i32>>> {
        ::std::boxed::Box::pin(async move { task.priority })
    }

    pub(super) fn blocks(task: &Task, step: &Step) -> i32 {
        let sum = task_scope!("task.orchestration", task = task).in_scope(|| task.priority);
        let _entered = step_scope!("step.execution", task = task, step = step).enter();
        sum
    }
}

#[test]
fn nothing_comes_from_the_prelude() {
    let capture = Capture::start();
    let task = Task::default();
    let step = task.step();
    assert_eq!(without_prelude::transition(&task, "pending").ok(), Some(3));
    assert_eq!(finish(without_prelude::execute(&task, &step)), 3);
    without_prelude::initialize(&task);
    assert_eq!(finish(without_prelude::boxed(task.clone())), 3);
    assert_eq!(without_prelude::blocks(&task, &step), 3);
    let spans = capture.spans().of_task(task.task_uuid);
    assert_eq!(spans.filter(|span| span.name() != "task.orchestration").len(), 4);
}

/// The user's own variables by the names of the expansion's.
#[task_span(
    "task.orchestration",
    task = __task,
    task_uuid = __span,
    fields(__start = __guard, __return = __returned, __ending),
    failed = |__ending| *__ending == __guard
)]
async fn collides(__task: &Task, __span: Uuid, __start: u8, __guard: u32, __returned: &str, __ending: u64) -> u32 {
    let __site = __guard + u32::from(__start);
    '__body: loop {
        if __ending > 0 {
            break '__body;
        }
    }
    __site
}

#[test]
fn variables_of_the_same_names_stay_apart() {
    let capture = Capture::start();
    let task = Task::default();
    assert_eq!(finish(collides(&task, task.task_uuid, 0, 7, "text", 9)), 7);
    let span = capture.spans().one();
    assert_eq!(span.integer("__start"), Some(7));
    assert_eq!(span.text("__return"), Some("text"));
    assert_eq!(span.integer("__ending"), Some(9));
    // The closure's parameter shadowed the argument; the argument of that name did not reach it.
    assert!(span.is_error());
}

/// Items that the body declares are its own, and do not change the meaning of the signature.
#[task_span("task.orchestration")]
fn shadows(task: &Task) -> Result<u8, String> {
    #[allow(dead_code, reason = "a trap")]
    struct Result;
    type String = u8;
    let text: String = 7;
    assert!(task.priority > 0);
    Ok(text)
}

#[task_span("task.orchestration")]
async fn shadows_later(task: &Task) -> Result<u8, String> {
    #[allow(dead_code, reason = "a trap")]
    struct Result;
    type String = u8;
    let text: String = 7;
    assert!(task.priority > 0);
    Ok(text)
}

#[test]
fn items_of_the_body_are_its_own() {
    assert_eq!(shadows(&Task::default()), Ok(7));
    assert_eq!(finish(shadows_later(&Task::default())), Ok(7));
}

/// The type of the subject, by the name of the type that stands for the span in messages.
#[derive(Clone, SpanFields)]
struct TaskAudit {
    #[span(nested(task_uuid, correlation_id, namespace))]
    task: Task,
}

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &TaskAudit) -> Uuid {
    task.task.task_uuid
}

#[test]
fn a_type_may_be_called_like_its_span() {
    let capture = Capture::start();
    let id = audit(&TaskAudit { task: Task::default() });
    assert_eq!(capture.spans().one().uuid("task_uuid"), Some(id));
}

/// The user's own traits, in scope and for every type, by the names of methods that expansions call.
mod traits {
    #![allow(dead_code, reason = "traps")]

    pub(super) trait Everything {
        fn outcome(&self) -> u8 {
            1
        }
        fn failure(&self) -> u8 {
            2
        }
        fn begin(&self) -> u8 {
            3
        }
        fn field(&self) -> u8 {
            4
        }
        fn instrument(&self) -> u8 {
            5
        }
        fn is_enabled(&self) -> u8 {
            6
        }
        fn priority(&self) -> u8 {
            7
        }
        fn task_name(&self) -> u8 {
            8
        }
        fn started_at(&self) -> u8 {
            9
        }
    }

    impl<T: ?Sized> Everything for T {}
}

mod with_traits {
    use super::traits::Everything as _;
    use super::{Task, task_span};

    #[task_span("task.orchestration", fields(count = task.field()), ret)]
    pub(super) fn run(task: &Task) -> Result<u8, u8> {
        Ok(task.begin() + task.instrument() + task.is_enabled())
    }
}

#[test]
fn traits_of_the_user_are_not_called() {
    let capture = Capture::start();
    assert_eq!(with_traits::run(&Task::default()), Ok(14));
    assert_eq!(capture.spans().one().integer("count"), Some(4));
}

/// The runtime by another path: a program's own façade.
mod facade {
    pub(super) mod telemetry {
        pub(in super::super) use tasker_span_runtime as spans;
    }
}

mod elsewhere {
    use super::facade::telemetry::spans;
    use spans::{step_scope, task_span};

    #[task_span("task.orchestration", crate = super::facade::telemetry::spans, fields(count = 1), ret)]
    pub(super) async fn relative(task: &super::Task) -> Result<(), String> {
        Ok(())
    }

    #[task_span("task.orchestration", crate = spans, within = "task.orchestration", fields(a = 1))]
    #[cfg(any())]
    fn gone() {}

    pub(super) fn block(task: &super::Task) {
        let step = task.step();
        step_scope!("step.execution", crate = spans, task = task, step = step).in_scope(|| ());
    }
}

#[test]
fn the_runtime_may_have_another_path() {
    let capture = Capture::start();
    let task = Task::default();
    finish(elsewhere::relative(&task)).unwrap();
    elsewhere::block(&task);
    assert_eq!(capture.spans().of_task(task.task_uuid).len(), 2);
}
