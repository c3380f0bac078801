//! The catalogue of spans and attributes: the one table that macros, runtime, tests and docs derive from.
//!
//! The macros check against it directly; the runtime receives it as constants through `emit`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// Which macro writes a span, and so which attributes it may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Task,
    Step,
}

impl Family {
    /// The attribute macro of this family, as users write it.
    pub(crate) fn macro_name(self) -> &'static str {
        match self {
            Self::Task => "task_span",
            Self::Step => "step_span",
        }
    }
}

/// What an attribute's value is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueType {
    Uuid,
    Text,
    State,
    Integer,
}

/// An attribute of the catalogue.
#[derive(Debug)]
pub(crate) struct Attribute {
    /// The name in the exported span, in macro arguments and as a field name.
    pub(crate) name: &'static str,
    /// The variant of the runtime's `Attribute`.
    pub(crate) variant: &'static str,
    pub(crate) value: ValueType,
}

macro_rules! attributes {
    ($($constant:ident $name:literal $variant:literal $value:ident,)*) => {
        $(pub(crate) const $constant: &Attribute =
            &Attribute { name: $name, variant: $variant, value: ValueType::$value };)*
        /// Every attribute, in the order in which spans carry them.
        pub(crate) static ATTRIBUTES: &[&Attribute] = &[$($constant),*];
    };
}

attributes! {
    CORRELATION_ID "correlation_id" "CorrelationId" Uuid,
    TASK_UUID "task_uuid" "TaskUuid" Uuid,
    STEP_UUID "step_uuid" "StepUuid" Uuid,
    NAMESPACE "namespace" "Namespace" Text,
    HANDLER_NAME "handler_name" "HandlerName" Text,
    FROM_STATE "from_state" "FromState" State,
    TO_STATE "to_state" "ToState" State,
    PARENT_CORRELATION_ID "parent_correlation_id" "ParentCorrelationId" Uuid,
    TASK_NAME "task_name" "TaskName" Text,
    PRIORITY "priority" "Priority" Integer,
    ATTEMPT_NUMBER "attempt_number" "AttemptNumber" Integer,
    MAX_ATTEMPTS "max_attempts" "MaxAttempts" Integer,
}

/// Where a span may stand.
#[derive(Debug)]
pub(crate) enum Parent {
    /// Directly under this span.
    Span(&'static str),
    /// Under a `task.state_transition` between these two states.
    Transition(&'static str, &'static str),
    /// On the orchestrator: under any span of the task family.
    AnyTaskSpan,
}

/// A span of the catalogue.
#[derive(Debug)]
pub(crate) struct SpanSpec {
    pub(crate) name: &'static str,
    pub(crate) family: Family,
    /// The variant of OpenTelemetry's `SpanKind`.
    pub(crate) kind: &'static str,
    /// Empty: the root.
    pub(crate) parents: &'static [Parent],
    pub(crate) required: &'static [&'static Attribute],
}

impl SpanSpec {
    /// The name of the marker type that stands for this span in error messages: `step.execution` is `StepExecution`.
    pub(crate) fn marker(&self) -> String {
        marker(self.name)
    }

    pub(crate) fn requires(&self, attribute: &Attribute) -> bool {
        self.required.iter().any(|required| required.name == attribute.name)
    }
}

/// The optional attributes of a family's spans.
pub(crate) fn optional(family: Family) -> &'static [&'static Attribute] {
    match family {
        Family::Task => &[PARENT_CORRELATION_ID, TASK_NAME, PRIORITY],
        Family::Step => &[ATTEMPT_NUMBER, MAX_ATTEMPTS],
    }
}

/// Every attribute that some span of the family carries.
pub(crate) fn carried(family: Family) -> impl Iterator<Item = &'static Attribute> {
    let of_spans = SPANS
        .iter()
        .filter(move |span| span.family == family)
        .flat_map(|span| span.required);
    let names = of_spans
        .chain(optional(family))
        .map(|attribute| attribute.name)
        .collect::<Vec<_>>();
    ATTRIBUTES
        .iter()
        .copied()
        .filter(move |attribute| names.contains(&attribute.name))
}

/// What a custom span of the family must carry.
pub(crate) fn required_of_custom(family: Family) -> &'static [&'static Attribute] {
    match family {
        Family::Task => &[CORRELATION_ID, TASK_UUID, NAMESPACE],
        Family::Step => &[CORRELATION_ID, TASK_UUID, STEP_UUID, NAMESPACE],
    }
}

/// `task.initialization` is `TaskInitialization`; characters that no identifier holds are left out.
pub(crate) fn marker(span_name: &str) -> String {
    span_name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(chars)
        })
        .collect()
}

pub(crate) fn span(name: &str) -> Option<&'static SpanSpec> {
    SPANS.iter().find(|span| span.name == name)
}

pub(crate) fn attribute(name: &str) -> Option<&'static Attribute> {
    ATTRIBUTES.iter().copied().find(|attribute| attribute.name == name)
}

pub(crate) static SPANS: &[SpanSpec] = &[
    SpanSpec {
        name: "task.orchestration",
        family: Family::Task,
        kind: "Internal",
        parents: &[],
        required: &[CORRELATION_ID, TASK_UUID, NAMESPACE],
    },
    SpanSpec {
        name: "task.state_transition",
        family: Family::Task,
        kind: "Internal",
        parents: &[Parent::Span("task.orchestration")],
        required: &[CORRELATION_ID, TASK_UUID, NAMESPACE, FROM_STATE, TO_STATE],
    },
    SpanSpec {
        name: "step.discovery",
        family: Family::Task,
        kind: "Internal",
        parents: &[Parent::Transition("initializing", "enqueuing_steps")],
        required: &[CORRELATION_ID, TASK_UUID, NAMESPACE],
    },
    SpanSpec {
        name: "step.enqueuing",
        family: Family::Task,
        kind: "Producer",
        parents: &[Parent::Transition("enqueuing_steps", "steps_in_process")],
        required: &[CORRELATION_ID, TASK_UUID, NAMESPACE],
    },
    SpanSpec {
        name: "result.evaluation",
        family: Family::Task,
        kind: "Internal",
        parents: &[Parent::Transition("steps_in_process", "evaluating_results")],
        required: &[CORRELATION_ID, TASK_UUID, NAMESPACE],
    },
    SpanSpec {
        name: "step.execution",
        family: Family::Step,
        kind: "Consumer",
        parents: &[Parent::Span("task.orchestration")],
        required: &[CORRELATION_ID, TASK_UUID, STEP_UUID, HANDLER_NAME, NAMESPACE],
    },
    SpanSpec {
        name: "step.state_transition",
        family: Family::Step,
        kind: "Internal",
        parents: &[Parent::Span("step.execution"), Parent::AnyTaskSpan],
        required: &[CORRELATION_ID, TASK_UUID, STEP_UUID, NAMESPACE, FROM_STATE, TO_STATE],
    },
    SpanSpec {
        name: "handler.execution",
        family: Family::Step,
        kind: "Internal",
        parents: &[Parent::Span("step.execution")],
        required: &[CORRELATION_ID, TASK_UUID, STEP_UUID, HANDLER_NAME, NAMESPACE],
    },
    SpanSpec {
        name: "result.submission",
        family: Family::Step,
        kind: "Producer",
        parents: &[Parent::Span("step.execution")],
        required: &[CORRELATION_ID, TASK_UUID, STEP_UUID, NAMESPACE],
    },
];

/// The table as constants of the runtime's own types, which the caller has in scope.
pub(crate) fn emit() -> TokenStream {
    let variants = ATTRIBUTES
        .iter()
        .map(|attribute| format_ident!("{}", attribute.variant))
        .collect::<Vec<_>>();
    let names = ATTRIBUTES.iter().map(|attribute| attribute.name).collect::<Vec<_>>();
    let docs = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    let attributes = |list: &[&Attribute]| {
        let variants = list.iter().map(|attribute| format_ident!("{}", attribute.variant));
        quote!(&[#(Attribute::#variants),*])
    };
    let spans = SPANS.iter().map(|span| {
        let (name, kind) = (span.name, format_ident!("{}", span.kind));
        let family = match span.family {
            Family::Task => quote!(Family::Task),
            Family::Step => quote!(Family::Step),
        };
        let parents = span.parents.iter().map(|parent| match parent {
            Parent::Span(name) => quote!(Parent::Span(#name)),
            Parent::Transition(from, to) => quote!(Parent::Transition { from: #from, to: #to }),
            Parent::AnyTaskSpan => quote!(Parent::AnyTaskSpan),
        });
        let (required, optional) = (attributes(span.required), attributes(optional(span.family)));
        quote!(SpanSpec {
            name: #name,
            family: #family,
            kind: SpanKind::#kind,
            parents: &[#(#parents),*],
            required: #required,
            optional: #optional,
        })
    });
    let markers = SPANS
        .iter()
        .map(|span| format_ident!("{}", span.marker()))
        .collect::<Vec<_>>();
    let marker_docs = SPANS.iter().map(|span| format!("`{}`", span.name));
    let count = SPANS.len();
    quote! {
        /// An attribute of the catalogue.
        ///
        /// ```
        /// use tasker_span_runtime::catalogue::{Attribute, span};
        ///
        /// let root = span("task.orchestration").unwrap();
        /// let required = root.required.iter().map(|attribute| attribute.name());
        /// assert!(required.eq(["correlation_id", "task_uuid", "namespace"]));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Attribute { #(#[doc = #docs] #variants),* }

        impl Attribute {
            /// Every attribute, in the order in which spans carry them.
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];

            /// The name under which the attribute is exported.
            pub const fn name(self) -> &'static str {
                match self { #(Self::#variants => #names),* }
            }
        }

        /// The spans of the catalogue, parents before children.
        ///
        /// ```
        /// let names = tasker_span_runtime::catalogue::CATALOGUE.iter().map(|span| span.name).collect::<Vec<_>>();
        /// assert_eq!(names[0], "task.orchestration");
        /// assert_eq!(names.len(), 9);
        /// ```
        pub static CATALOGUE: [SpanSpec; #count] = [#(#spans),*];

        /// Types that stand for the spans in compiler messages.
        pub mod markers { #(#[doc = #marker_docs] #[derive(Debug)] pub enum #markers {})* }
    }
}
