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
        static __SITE: P::Site = P::site! {
            span : "step.enqueuing", family : Task, level : INFO, target :
            ::core::module_path!(), late : [], fields : [],
        };
        let mut __start = P::Start::new(&__SITE);
        if P::Start::is_enabled(&__start) {
            P::Collect::priority(&mut __start, P::integer(&(N)));
            P::supply!(
                __start, __task = P::subject(& (self.task)), __task.0,
                step_enqueuing[__correlation_id __task_uuid __namespace]
                [__parent_correlation_id __task_name __started_at]
            );
        }
        P::Start::begin(&mut __start)
    };
    P::run::<
        Result<_, Error>,
    >(
        __span,
        move || { batch.collect() },
        |__returned, __ending| { P::observe!(__ending, __returned) },
    )
}
