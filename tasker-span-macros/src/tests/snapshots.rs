//! Representative expansions. `UPDATE=1` rewrites the files.

use proc_macro2::{Ident, Span};
use quote::quote;

use super::Case;
use super::snapshot::{compare, pretty, readable};

impl Case {
    /// Compares with the snapshot, and counts the lines that the expansion adds to the function.
    #[track_caller]
    fn check(&self, name: &str) {
        let attribute = Ident::new(self.family.macro_name(), Span::call_site());
        let (args, item) = (&self.args, &self.item);
        let source = pretty(quote!(#[#attribute(#args)] #item));
        let expansion = readable(self.expand());
        let added = lines_beside_the_site(&expansion) - lines(&pretty(item.clone()));
        assert!(added <= 30, "{name} adds {added} lines:\n{expansion}");
        compare(name, &source, &expansion);
    }
}

fn lines(code: &str) -> usize {
    code.lines().count()
}

/// The static that describes the call site is not counted: any span of `tracing` has a static as well.
fn lines_beside_the_site(expansion: &str) -> usize {
    let (before, site) = expansion
        .split_once("static __SITE")
        .expect("an expansion has a call site");
    let (_, after) = site.split_once("};\n").expect("the static ends");
    lines(before) + lines(after) - 1
}

#[test]
fn a_function_without_a_value() {
    Case::task(
        quote!("task.orchestration"),
        quote! {
            fn orchestrate(&self, task: &Task) {
                self.advance(task)
            }
        },
    )
    .check("sync_unit");
}

#[test]
fn a_function_with_a_result() {
    Case::step(
        quote!("step.execution", step = message.step, task = message.task),
        quote! {
            fn execute(&self, message: StepMessage) -> TaskerResult<()> {
                self.handle(message)?;
                Ok(())
            }
        },
    )
    .check("sync_result");
}

#[test]
fn an_async_transition() {
    Case::task(
        quote!("task.state_transition", from = from_state, to = to_state),
        quote! {
            async fn transition(&self, task: &Task, from_state: Option<String>, to_state: String) -> ActionResult<()> {
                self.store(task, to_state).await
            }
        },
    )
    .check("async_transition");
}

#[test]
fn values_and_inherited_attributes() {
    Case::task(
        quote!(
            "step.discovery",
            task_uuid = task_uuid,
            inherit(correlation_id, namespace)
        ),
        quote! {
            async fn find_viable_steps(&self, task_uuid: Uuid) -> Result<Vec<ViableStep>> {
                self.query(task_uuid).await
            }
        },
    )
    .check("inherit");
}

#[test]
fn inherit_beside_subjects() {
    Case::step(
        quote!(
            "payment.check",
            within = "step.execution",
            step_uuid = step.id(),
            task = message.task,
            inherit
        ),
        quote! {
            fn check(message: Message, #[cfg(unix)] step: &(impl Identified + ?Sized)) {
                step.check(message)
            }
        },
    )
    .check("inherit_beside_subjects");
}

#[test]
fn an_attribute_that_is_inherited_or_late() {
    Case::task(
        quote!(
            "task.finalization",
            within = "task.orchestration",
            task_uuid = id,
            inherit(correlation_id, namespace),
            late(namespace, correlation_id = |task| task.correlation_id)
        ),
        quote! {
            fn finalize(id: Uuid) -> Result<Task, Error> {
                load(id)
            }
        },
    )
    .check("inherited_or_late");
}

#[test]
fn parentheses_that_only_a_signature_needs() {
    Case::task(
        quote!("task.orchestration"),
        quote! {
            fn opaque<'a>(task: (&'a (impl SpanFields + ?Sized))) -> &'a (impl Debug + ?Sized) {
                task
            }
        },
    )
    .check("parentheses");
}

#[test]
fn a_custom_span_with_late_values() {
    Case::task(
        quote!(
            "task.initialization",
            within = "task.orchestration",
            namespace = request.namespace,
            inherit(correlation_id),
            late(task_uuid = |created| created.task_uuid),
            level = "debug",
            target = "tasker::init",
            fields(request.region, attempt = 1, source = %request.source, options = ?request.options),
            err(Debug),
            ret,
        ),
        quote! {
            pub(crate) async fn initialize(request: Request) -> Result<Task, Error> {
                create(request).await
            }
        },
    )
    .check("custom_late");
}

#[test]
fn a_custom_span_with_a_subject() {
    Case::step(
        quote!(
            "step.validation",
            within = "step.execution",
            kind = client,
            attempt_number = attempt
        ),
        quote! {
            fn validate(step: Option<&Step>, attempt: u32) -> bool {
                step.is_some()
            }
        },
    )
    .check("custom_subject");
}

#[test]
fn an_outcome_that_is_no_result() {
    Case::step(
        quote!(
            "handler.execution",
            step = msg.step,
            task = msg.task,
            failed = |r| !r.success
        ),
        quote! {
            async fn run_handler(msg: HandlerMessage) -> StepExecutionResult {
                handler(msg).await
            }
        },
    )
    .check("failed");
}

#[test]
fn a_message_and_its_sender() {
    Case::step(
        quote!(
            "step.execution",
            step = message.step,
            task = message.task,
            link = message.trace_context
        ),
        quote! {
            async fn execute(&self, message: StepMessage) -> TaskerResult<()> {
                self.handle(message).await
            }
        },
    )
    .check("link");
}

#[test]
fn a_method_of_an_async_trait() {
    Case::step(
        quote!("result.submission"),
        quote! {
            fn submit<'life0, 'life1, 'async_trait>(
                &'life0 self,
                step: &'life1 Step,
            ) -> ::core::pin::Pin<
                Box<dyn ::core::future::Future<Output = Result<(), Error>> + ::core::marker::Send + 'async_trait>,
            >
            where
                'life0: 'async_trait,
                'life1: 'async_trait,
                Self: 'async_trait,
            {
                Box::pin(async move {
                    let __self = self;
                    __self.send(step).await
                })
            }
        },
    )
    .check("async_trait");
}

#[test]
fn a_function_that_returns_a_future() {
    Case::task(
        quote!("result.evaluation", crate = telemetry::spans),
        quote! {
            fn evaluate(task: Arc<Task>) -> impl Future<Output = ()> + Send {
                let queue = task.queue();
                async move { queue.drain().await }
            }
        },
    )
    .check("returned_future");
}

#[test]
fn a_function_that_never_returns() {
    Case::task(
        quote!("task.orchestration", inherit(correlation_id, task_uuid, namespace)),
        quote! {
            async fn serve() -> ! {
                loop {
                    step().await;
                }
            }
        },
    )
    .check("never");
}

#[test]
fn every_token_of_a_signature_stays() {
    Case::task(
        quote!("step.enqueuing", task = self.task, priority = N),
        quote! {
            /// Documentation.
            #[must_use]
            pub unsafe extern "C" fn enqueue<'a, T: ?Sized, const N: usize>(
                self: Pin<&mut Self>,
                #[cfg(unix)] (a, mut b): (u8, u8),
                batch: impl Iterator<Item = &'a T>,
            ) -> Result<impl Iterator<Item = u8>, Error>
            where
                T: Step,
            {
                #![allow(unused_mut)]
                batch.collect()
            }
        },
    )
    .check("signature");
}
