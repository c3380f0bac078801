#[task_span("result.evaluation", crate = telemetry::spans)]
fn evaluate(task: Arc<Task>) -> impl Future<Output = ()> + Send {
    let queue = task.queue();
    async move { queue.drain().await }
}

// expands to

fn evaluate(task: Arc<Task>) -> impl Future<Output = ()> + Send {
    let __deferred = {
        static __SITE: telemetry::spans::__private::Site = telemetry::spans::__private::site! {
            span : "result.evaluation", family : Task, level : INFO, target :
            ::core::module_path!(), late : [], fields : [],
        };
        let mut __start = telemetry::spans::__private::Start::new(&__SITE);
        if telemetry::spans::__private::Start::is_enabled(&__start) {
            telemetry::spans::__private::supply!(
                __start, __task = telemetry::spans::__private::subject:: < Arc < Task > >
                (& task), __task.0, result_evaluation[__correlation_id __task_uuid
                __namespace] [..Task]
            );
        }
        telemetry::spans::__private::Start::defer(&mut __start)
    };
    let queue = task.queue();
    async move {
        let __span = telemetry::spans::__private::Deferred::begin(__deferred);
        telemetry::spans::__private::instrument(
                __span,
                async move {
                    if let ::core::option::Option::Some(__return) = ::core::option::Option::None::<
                        (),
                    > {
                        return __return;
                    }
                    '__body: { queue.drain().await }
                },
                |__returned, __ending| {
                    telemetry::spans::__private::observe!(__ending, __returned)
                },
            )
            .await
    }
}
