//! Return types of every kind.

use std::error::Error;
use std::fmt::Display;

use tasker_span_tests::prelude::*;

use super::span_of;

#[task_span("task.orchestration")]
fn nothing(task: &Task, log: &mut Vec<&'static str>) {
    if task.priority > 100 {
        return;
    }
    log.push("ran");
}

#[allow(clippy::unused_unit, reason = "it is what this tests")]
#[task_span("task.orchestration")]
fn explicit_unit(task: &Task) -> () {
    assert_eq!(task.priority, 3)
}

#[test]
fn nothing_at_all() {
    let mut log = Vec::new();
    span_of(|task| nothing(&task, &mut log));
    span_of(|task| explicit_unit(&task));
    assert_eq!(log, ["ran"]);
}

#[task_span("task.orchestration")]
fn one_line(task: &Task) -> i32 {
    task.priority
}

#[rustfmt::skip]
#[task_span("task.orchestration")]
fn one_line_without_value(task: &Task) { drop(task.namespace_name.clone()) }

#[test]
fn one_line_bodies() {
    assert_eq!(span_of(|task| one_line(&task)).0, 3);
    span_of(|task| one_line_without_value(&task));
}

#[task_span("task.orchestration")]
fn coerced(task: &Task, early: bool) -> Result<Box<dyn Display>, Box<dyn Error>> {
    if early {
        return Ok(Box::new("early"));
    }
    if task.priority > 100 {
        Err("too urgent")?;
    }
    Ok(Box::new(task.priority))
}

#[test]
fn coercions_at_returns_and_tails() {
    let text = |early| span_of(|task| coerced(&task, early).unwrap().to_string()).0;
    assert_eq!([text(true), text(false)], ["early", "3"]);
}

#[task_span("task.orchestration")]
fn borrowed<'a>(task: &Task, texts: &'a mut Vec<String>) -> Option<&'a mut String> {
    texts.push(task.namespace_name.clone());
    if texts.len() > 100 {
        return None;
    }
    texts.last_mut()
}

#[task_span("task.orchestration")]
fn reborrowed(task: &mut Task) -> &mut String {
    &mut task.namespace_name
}

#[test]
fn borrows_of_arguments() {
    let mut texts = Vec::new();
    span_of(|task| borrowed(&task, &mut texts).map(|text| text.push('!')));
    assert_eq!(texts, ["payments!"]);
    let (name, _) = span_of(|mut task| {
        reborrowed(&mut task).push('?');
        task.namespace_name
    });
    assert_eq!(name, "payments?");
}

#[task_span("task.orchestration")]
fn opaque(task: &Task, times: usize) -> impl Iterator<Item = char> + '_ {
    task.namespace_name.chars().take(times)
}

#[task_span("task.orchestration")]
fn opaque_inside(task: &Task, text: &str) -> Result<impl Display + use<>, Box<dyn Error>> {
    let number = text.parse::<i64>()?;
    Ok(number + i64::from(task.priority))
}

#[task_span("task.orchestration")]
fn closure(task: &Task) -> impl Fn(i32) -> i32 + use<> {
    let priority = task.priority;
    move |more| priority + more
}

#[test]
fn opaque_types() {
    assert_eq!(span_of(|task| opaque(&task, 3).collect::<String>()).0, "pay");
    assert_eq!(span_of(|task| opaque_inside(&task, "4").unwrap().to_string()).0, "7");
    assert!(span_of(|task| opaque_inside(&task, "four").is_err()).1.is_error());
    assert_eq!(span_of(|task| closure(&task)(4)).0, 7);
}

#[task_span("task.orchestration")]
fn never(task: &Task) -> ! {
    panic!("{}", task.namespace_name)
}

#[task_span("task.orchestration")]
fn diverges(task: &Task) -> Result<u8, String> {
    panic!("{}", task.namespace_name)
}

#[test]
fn functions_that_do_not_return() {
    let unwinds = |work: fn(&Task)| span_of(|task| catch_unwind(AssertUnwindSafe(|| work(&task))).is_err());
    let (unwound, span) = unwinds(|task| never(task));
    assert!(unwound && span.is_error());
    let (unwound, span) = unwinds(|task| drop(diverges(task)));
    assert!(unwound && span.is_error());
}
