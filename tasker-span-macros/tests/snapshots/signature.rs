#[task_span("step.enqueuing", task = self.task, priority = N)]
/// Documentation.
#[must_use]
pub unsafe extern "C" fn enqueue<'a, T: ?Sized, const N: usize>(
    self: Pin<&mut Self>,
    #[cfg(unix)]
    (a, mut b): (u8, u8),
    batch: impl Iterator<Item = &'a T>,
) -> Result<impl Iterator<Item = u8>, Error>
where
    T: Step,
{
    #![allow(unused_mut)]
    batch.collect()
}

// expands to

/// Documentation.
#[must_use]
#[allow(unused_mut)]
pub unsafe extern "C" fn enqueue<'a, T: ?Sized, const N: usize>(
    self: Pin<&mut Self>,
    #[cfg(unix)]
    (a, mut b): (u8, u8),
    batch: impl Iterator<Item = &'a T>,
) -> Result<impl Iterator<Item = u8>, Error>
where
    T: Step,
{
    let __span = {
        static __SITE: ::tasker_span_runtime::__private::Site = ::tasker_span_runtime::__private::site! {
            span : "step.enqueuing", family : Task, level : INFO, target :
            ::core::module_path!(), attributes : [CorrelationId, TaskUuid, Namespace,
            ParentCorrelationId, TaskName, Priority], late : [], fields : [],
        };
        let mut __start = ::tasker_span_runtime::__private::Start::new(&__SITE);
        if ::tasker_span_runtime::__private::Start::is_enabled(&__start) {
            ::tasker_span_runtime::__private::Start::priority(
                &mut __start,
                ::tasker_span_runtime::__private::integer(&(N)),
            );
            ::tasker_span_runtime::__private::supply!(
                __start, __task = ::tasker_span_runtime::__private::subject(& (self
                .task)), __task.0, StepEnqueuing[correlation_id task_uuid namespace]
                [parent_correlation_id task_name started_at]
            );
        }
        ::tasker_span_runtime::__private::Start::begin(&mut __start)
    };
    ::tasker_span_runtime::__private::run::<
        Result<_, Error>,
    >(
        __span,
        move || { batch.collect() },
        |__returned, __ending| {
            ::tasker_span_runtime::__private::observe!(__ending, __returned)
        },
    )
}
