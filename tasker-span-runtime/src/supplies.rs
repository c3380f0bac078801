//! Bounds that an attribute macro puts on its subject: one for each attribute, generic over the span that requires it, so
//! that the compiler's message can name all three.

use compact_str::CompactString;
use uuid::Uuid;

use crate::attributes::name;
use crate::fields::{HasCorrelationId, HasHandlerName, HasNamespace, HasStepUuid, HasTaskUuid, SpanFields};
use crate::outcome::caught;

/// The subject behind a reference, a smart pointer or an `Option`.
#[inline]
pub fn subject<T: SpanFields + ?Sized>(value: &T) -> Option<&T::Source> {
    caught(|| value.span_source()).flatten()
}

macro_rules! supplies {
    ($($(#[$message:meta])* $supplies:ident $has:ident $attribute:ident $value:ty, $convert:expr;)*) => {$(
        $(#[$message])*
        pub trait $supplies<Span: ?Sized> {
            fn supply(&self) -> Option<$value>;
        }

        #[diagnostic::do_not_recommend]
        impl<T: $has + ?Sized, Span: ?Sized> $supplies<Span> for T {
            #[inline]
            fn supply(&self) -> Option<$value> {
                caught(|| self.$attribute()).flatten().map($convert)
            }
        }
    )*};
}

supplies! {
    #[diagnostic::on_unimplemented(
        message = "`{Self}` has no `correlation_id`, which the span `{Span}` requires",
        label = "does not supply `correlation_id`",
        note = "give the type a source: a field `correlation_id`, or `#[span(correlation_id)]` on a field of another name; a type parameter gets the bound `HasCorrelationId`",
        note = "or name a value in the macro: `correlation_id = …`",
        note = "or take it from elsewhere: `inherit(correlation_id)` from the enclosing span, `late(correlation_id)` once it is known"
    )]
    SuppliesCorrelationId HasCorrelationId correlation_id Uuid, |id| id;
    #[diagnostic::on_unimplemented(
        message = "`{Self}` has no `task_uuid`, which the span `{Span}` requires",
        label = "does not supply `task_uuid`",
        note = "give the type a source: a field `task_uuid`, or `#[span(task_uuid)]` on a field of another name; a type parameter gets the bound `HasTaskUuid`",
        note = "or name a value in the macro: `task_uuid = …`",
        note = "or take it from elsewhere: `inherit(task_uuid)` from the enclosing span, `late(task_uuid)` once it is known"
    )]
    SuppliesTaskUuid HasTaskUuid task_uuid Uuid, |id| id;
    #[diagnostic::on_unimplemented(
        message = "`{Self}` has no `step_uuid`, which the span `{Span}` requires",
        label = "does not supply `step_uuid`",
        note = "give the type a source: a field `step_uuid`, or `#[span(step_uuid)]` on a field of another name; a type parameter gets the bound `HasStepUuid`",
        note = "or name a value in the macro: `step_uuid = …`",
        note = "or take it from elsewhere: `inherit(step_uuid)` from the enclosing span, `late(step_uuid)` once it is known"
    )]
    SuppliesStepUuid HasStepUuid step_uuid Uuid, |id| id;
    #[diagnostic::on_unimplemented(
        message = "`{Self}` has no `namespace`, which the span `{Span}` requires",
        label = "does not supply `namespace`",
        note = "give the type a source: a field `namespace`, or `#[span(namespace)]` on a field of another name; a type parameter gets the bound `HasNamespace`",
        note = "or name a value in the macro: `namespace = …`",
        note = "or take it from elsewhere: `inherit(namespace)` from the enclosing span, `late(namespace)` once it is known"
    )]
    SuppliesNamespace HasNamespace namespace CompactString, name;
    #[diagnostic::on_unimplemented(
        message = "`{Self}` has no `handler_name`, which the span `{Span}` requires",
        label = "does not supply `handler_name`",
        note = "give the type a source: a field `handler_name`, or `#[span(handler_name)]` on a field of another name; a type parameter gets the bound `HasHandlerName`",
        note = "or name a value in the macro: `handler_name = …`",
        note = "or take it from elsewhere: `inherit(handler_name)` from the enclosing span, `late(handler_name)` once it is known"
    )]
    SuppliesHandlerName HasHandlerName handler_name CompactString, name;
}

// Written out one by one, because the compiler quotes the one whose bound does not hold. The subject's type is no
// parameter of theirs: then the compiler shows what it lacks at the argument, whose place the expansion chooses.

#[inline]
pub fn correlation_id<Span: ?Sized>(subject: Option<&(impl SuppliesCorrelationId<Span> + ?Sized)>) -> Option<Uuid> {
    subject?.supply()
}

#[inline]
pub fn task_uuid<Span: ?Sized>(subject: Option<&(impl SuppliesTaskUuid<Span> + ?Sized)>) -> Option<Uuid> {
    subject?.supply()
}

#[inline]
pub fn step_uuid<Span: ?Sized>(subject: Option<&(impl SuppliesStepUuid<Span> + ?Sized)>) -> Option<Uuid> {
    subject?.supply()
}

#[inline]
pub fn namespace<Span: ?Sized>(subject: Option<&(impl SuppliesNamespace<Span> + ?Sized)>) -> Option<CompactString> {
    subject?.supply()
}

#[inline]
pub fn handler_name<Span: ?Sized>(
    subject: Option<&(impl SuppliesHandlerName<Span> + ?Sized)>,
) -> Option<CompactString> {
    subject?.supply()
}
