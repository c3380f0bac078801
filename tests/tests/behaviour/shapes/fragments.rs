//! Functions that `macro_rules` writes: each part may come from the macro's own tokens or from a fragment.

use tasker_span_tests::prelude::*;

use super::{span_of, span_of_future};

macro_rules! function {
    ($(#[$attribute:meta])* $vis:vis fn $name:ident($task:ident: $ty:ty) -> $returned:ty $body:block) => {
        #[task_span("task.orchestration")]
        $(#[$attribute])*
        $vis fn $name($task: $ty) -> $returned $body
    };
}

function! {
    /// With every part a fragment.
    #[must_use]
    pub(crate) fn parts(task: &Task) -> i32 { task.priority }
}

function!(
    fn unit(task: Option<&Task>) -> () {
        assert!(task.is_some())
    }
);

macro_rules! item {
    ($item:item) => {
        #[task_span("task.orchestration", level = "debug")]
        $item
    };
}

item! {
    async fn item(task: Task) -> Result<i32, String> { Ok(task.priority) }
}

// rustfmt moves these arguments to the right each time it runs.
#[rustfmt::skip]
macro_rules! arguments {
    (
        $name:ident($message:ident), $span:literal, $subject:expr, $within:expr, $field:ident = $value:expr,
        $level:expr, $runtime:path
    ) => {
        #[task_span(
            $span,
            within = $within,
            task = $subject,
            level = $level,
            fields($field = $value, $field.sum = 1 + $value),
            crate = $runtime
        )]
        fn $name($message: (Task, i32)) -> i32 {
            $message.1
        }
    };
}

mod runtime {
    pub(super) use tasker_span_runtime as renamed;
}

arguments!(
    arguments(message),
    "task.audit",
    message.0,
    "task.orchestration",
    shade = 2 + 3,
    tracing::Level::WARN,
    crate::shapes::fragments::runtime::renamed
);

struct Counter(u32);

macro_rules! methods {
    ($self:ident, $($name:ident $body:expr;)*) => {
        impl Counter {$(
            #[task_span("task.orchestration", fields(count = $self.0))]
            fn $name(&mut $self, task: &Task) -> u32 {
                let before = $self.0;
                assert!(task.priority > 0);
                $body;
                before
            }
        )*}
    };
}

methods! {
    self,
    increment self.0 += 1;
    reset self.0 = 0;
}

macro_rules! futures {
    ($name:ident, $returned:ty, $body:expr) => {
        #[task_span("task.orchestration")]
        fn $name(task: Task) -> std::pin::Pin<Box<dyn std::future::Future<Output = $returned>>> {
            let value = $body;
            Box::pin(async move { value(task) })
        }
    };
}

futures!(future, i32, |task: Task| task.priority);

#[test]
fn fragments_everywhere() {
    assert_eq!(span_of(|task| parts(&task)).0, 3);
    span_of(|task| unit(Some(&task)));
    assert_eq!(span_of_future(item).0, Ok(3));
    assert_eq!(span_of_future(future).0, 3);
    let (value, span) = span_of(|task| arguments((task, 7)));
    assert_eq!(value, 7);
    assert_eq!(span.name(), "task.audit");
    assert_eq!((span.integer("shade"), span.integer("shade.sum")), (Some(5), Some(6)));
}

#[test]
fn methods_of_a_macro() {
    let mut counter = Counter(7);
    let (before, span) = span_of(|task| counter.increment(&task));
    assert_eq!((before, span.integer("count")), (7, Some(7)));
    span_of(|task| counter.reset(&task));
    assert_eq!(counter.0, 0);
}
