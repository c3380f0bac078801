#[task_span("task.orchestration")]
fn orchestrate(&self, task: &Task) {
    self.advance(task)
}

// expands to

fn orchestrate(&self, task: &Task) {
    let __guard = ::tasker_span_runtime::__private::enter({
        static __SITE: ::tasker_span_runtime::__private::Site = ::tasker_span_runtime::__private::site! {
            span : "task.orchestration", family : Task, level : INFO, target :
            ::core::module_path!(), attributes : [CorrelationId, TaskUuid, Namespace,
            ParentCorrelationId, TaskName, Priority], late : [], fields : [],
        };
        let mut __start = ::tasker_span_runtime::__private::Start::new(&__SITE);
        if ::tasker_span_runtime::__private::Start::is_enabled(&__start) {
            ::tasker_span_runtime::__private::supply!(
                __start, __task = ::tasker_span_runtime::__private::subject:: < Task > (&
                * task), __task.0, TaskOrchestration[correlation_id task_uuid namespace]
                [parent_correlation_id task_name priority started_at]
            );
        }
        ::tasker_span_runtime::__private::Start::begin(&mut __start)
    });
    '__body: { self.advance(task) }
}
