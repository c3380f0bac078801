#[task_span("task.orchestration")]
fn opaque<'a>(task: (&'a (impl SpanFields + ?Sized))) -> &'a (impl Debug + ?Sized) {
    task
}

// expands to

fn opaque<'a>(task: (&'a (impl SpanFields + ?Sized))) -> &'a (impl Debug + ?Sized) {
    let __span = {
        static __SITE: P::Site = P::site! {
            span : "task.orchestration", family : Task, level : INFO, target :
            ::core::module_path!(), late : [], fields : [],
        };
        let mut __start = P::Start::new(&__SITE);
        if P::Start::is_enabled(&__start) {
            P::supply!(
                __start, __task = P::subject:: < _ > (& * task), __task.0,
                task_orchestration[__correlation_id __task_uuid __namespace] [..Task]
            );
        }
        P::Start::begin(&mut __start)
    };
    P::run::<
        &'a _,
    >(
        __span,
        move || { task },
        |__returned, __ending| { P::observe!(__ending, __returned) },
    )
}
