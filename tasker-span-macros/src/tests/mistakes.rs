//! All mistakes are reported at once, each one once. UI tests check where they are shown.

use quote::quote;

use super::Case;

/// The first line of each message.
fn summaries(case: &Case) -> Vec<String> {
    case.mistakes()
        .iter()
        .filter_map(|message| message.lines().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_stage_reports_its_own() {
    let case = Case::step(
        quote!(
            "step.execution",
            level = "inf",
            task = ,
            inherit(correlation, step_uuid, step_uuid),
            fields(step_uuid),
            ret(Json),
            failed = |returned| returned,
        ),
        quote!(
            fn run() -> ! {
                loop {}
            }
        ),
    );
    assert_eq!(
        summaries(&case),
        [
            "`task` needs a value: `task = …`",
            "there is no level `inf`, did you mean `info`?",
            "expected one of `Debug`, `Display`",
            "`step_uuid` is an attribute of the catalogue: an argument of its own, `step_uuid = …`, gives its value",
            "`correlation` is no attribute of the catalogue, did you mean `correlation_id`?",
            "`step_uuid` is in `inherit(…)` already",
            "`failed` reads the returned value, but this function never returns",
        ]
    );
}

#[test]
fn nothing_is_missing_if_a_mistake_may_have_supplied_it() {
    for args in [
        quote!("task.orchestration", tsk = message.task),
        quote!("task.orchestration", inherit(correlation, task_uuid, namespace)),
        quote!("task.orchestration", inherit(correlation_id task_uuid namespace)),
        quote!("task.orchestration", task =),
        quote!("task.orchestration", inherit = namespace),
        quote!(
            "task.state_transition",
            from_state = a,
            to_state = b,
            inherit(correlation_id, task_uuid, namespace)
        ),
    ] {
        let case = Case::task(
            args,
            quote!(
                fn run() {}
            ),
        );
        let mistakes = case.mistakes();
        assert!(!mistakes.is_empty(), "{}", case.args);
        assert!(
            !mistakes.iter().any(|message| message.contains("requires")),
            "{}: {mistakes:?}",
            case.args
        );
    }
}

#[test]
fn a_mistake_elsewhere_does_not_hide_what_is_missing() {
    let case = Case::task(
        quote!("task.orchestration", level = "inf", inherit(namespace)),
        quote!(
            fn run() {}
        ),
    );
    assert_eq!(
        summaries(&case),
        [
            "there is no level `inf`, did you mean `info`?",
            "`task.orchestration` requires `correlation_id` and `task_uuid`, which nothing supplies",
        ]
    );
}

#[test]
fn an_item_that_is_no_function_has_one_mistake() {
    for item in [
        quote!(
            struct Task;
        ),
        quote!(impl Task { fn run() {} }),
        quote!(
            unsafe impl Send for Task {}
        ),
        quote!(
            pub(crate) trait Run {
                fn run();
            }
        ),
        quote!(
            extern "C" {
                fn run();
            }
        ),
        quote!(
            const RUN: fn() = run;
        ),
        quote!(
            const fn run() {}
        ),
        quote!(
            macro_rules! run {
                () => {};
            }
        ),
        quote!(let task = 7;),
        quote!(
            fn run();
        ),
        quote!(|task: &Task| task.run()),
        quote!(),
    ] {
        let case = Case::task(quote!("nonsense", nonsense), item);
        assert_eq!(case.mistakes().len(), 1, "{}: {:?}", case.item, case.mistakes());
    }
}

#[test]
fn functions_of_every_kind_are_functions() {
    for item in [
        quote!(
            fn run() {}
        ),
        quote!(
            pub(in crate::worker) async unsafe fn run() {}
        ),
        quote!(
            unsafe extern "C" fn run() {}
        ),
        quote!(
            extern "C" fn run() {}
        ),
        quote!(
            #[inline]
            fn r#fn(self: Box<Self>) {}
        ),
    ] {
        let case = Case::task(
            quote!("task.orchestration", inherit(correlation_id, task_uuid, namespace)),
            item,
        );
        assert_eq!(case.mistakes(), Vec::<String>::new(), "{}", case.item);
    }
}

#[test]
fn an_implicit_subject_is_not_read_if_it_is_not_needed() {
    let needed = quote!(
        fn run(task: Uuid) {}
    );
    let expanded = |args| Case::task(args, needed.clone()).expand().to_string();
    let given = expanded(quote!(
        "task.orchestration",
        task_uuid = task,
        inherit(correlation_id, namespace)
    ));
    assert!(!given.contains("supply"), "{given}");
    let asked = expanded(quote!("task.orchestration", task_uuid = task, inherit(correlation_id)));
    assert!(asked.contains("supply"), "{asked}");
}
