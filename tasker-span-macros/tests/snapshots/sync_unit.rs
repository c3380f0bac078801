#[task_span("task.orchestration")]
fn orchestrate(&self, task: &Task) {
    self.advance(task)
}

// expands to

fn orchestrate(&self, task: &Task) {
    let __guard = P::enter({
        static __SITE: P::Site = P::site! {
            span : "task.orchestration", family : Task, level : INFO, target :
            ::core::module_path!(), late : [], fields : [],
        };
        let mut __start = P::Start::new(&__SITE);
        if P::Start::is_enabled(&__start) {
            P::supply!(
                __start, __task = P::subject:: < Task > (& * task), __task.0,
                task_orchestration[__correlation_id __task_uuid __namespace] [..Task]
            );
        }
        P::Start::begin(&mut __start)
    });
    '__body: { self.advance(task) }
}
