//! The catalogue in the runtime's own types, and as rows for the runtime's `macro_rules`. What a
//! row becomes is written there.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::rows::{callback, name};
use super::{ATTRIBUTES, Attribute, Family, Parent, SPANS, SpanSpec, ValueType, requirements, supplies};

/// The items of the runtime's module `catalogue`.
pub(crate) fn emit() -> TokenStream {
    let (attribute, families, spans) = (attribute(), families(), spans());
    let (attributes, supplies, requirements) = (for_each_attribute(), for_each_supply(), requirements::emit());
    let optional = optional_attributes();
    quote!(#attribute #families #spans #attributes #supplies #requirements #optional)
}

fn attribute() -> TokenStream {
    let variants = ATTRIBUTES
        .iter()
        .map(|attribute| attribute.variant())
        .collect::<Vec<_>>();
    let names = ATTRIBUTES.iter().map(|attribute| attribute.name);
    let values = ATTRIBUTES
        .iter()
        .map(|attribute| format_ident!("{}", attribute.value.noun()));
    let types = ATTRIBUTES.iter().map(|attribute| attribute.value.conversion());
    let meanings = ATTRIBUTES.iter().map(|attribute| attribute.meaning);
    let docs = ATTRIBUTES
        .iter()
        .map(|attribute| format!("`{}`: {}.", attribute.name, attribute.meaning));
    quote! {
        /// An attribute of the catalogue.
        ///
        /// ```
        /// use tasker_span_runtime::catalogue::{Attribute, span};
        ///
        /// let root = span("task.orchestration").unwrap();
        /// let required = root.required.iter().map(|attribute| attribute.name());
        /// assert!(required.eq(["correlation_id", "task_uuid", "namespace"]));
        ///
        /// assert_eq!(Attribute::Priority.type_name(), "integer");
        /// assert_eq!(Attribute::Priority.description(), "the task's priority");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Attribute { #(#[doc = #docs] #variants),* }

        impl Attribute {
            /// Every attribute, in the order in which spans carry them.
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];

            /// The name under which the attribute is exported.
            ///
            /// ```
            /// use tasker_span_runtime::catalogue::Attribute;
            ///
            /// assert_eq!(Attribute::StepUuid.name(), "step_uuid");
            /// ```
            pub const fn name(self) -> &'static str {
                match self { #(Self::#variants => #names),* }
            }

            /// The type of its value: `uuid`, `text`, `state` or `integer`. Integers are exported
            /// as integers, all others as strings.
            ///
            /// ```
            /// use tasker_span_runtime::catalogue::Attribute;
            ///
            /// assert_eq!(Attribute::StepUuid.type_name(), "uuid");
            /// assert_eq!(Attribute::FromState.type_name(), "state");
            /// ```
            pub const fn type_name(self) -> &'static str {
                match self { #(Self::#variants => #types),* }
            }

            #[cfg(feature = "testing")]
            pub(crate) const fn value_type(self) -> ValueType {
                match self { #(Self::#variants => ValueType::#values),* }
            }

            /// What it means, in one phrase.
            ///
            /// ```
            /// use tasker_span_runtime::catalogue::Attribute;
            ///
            /// assert_eq!(Attribute::StepUuid.description(), "the id of one step of a task");
            /// ```
            pub const fn description(self) -> &'static str {
                match self { #(Self::#variants => #meanings),* }
            }
        }
    }
}

fn families() -> TokenStream {
    let families = Family::ALL.map(Family::variant);
    let required = Family::ALL.map(|family| list(family.required().iter().copied()));
    let optional = Family::ALL.map(|family| list(family.optional()));
    let attributes = Family::ALL.map(|family| list(carried(family, family.required())));
    let names = Family::ALL.map(|family| names(carried(family, family.required())));
    quote! {
        impl Family {
            /// What every span of the family must carry, custom spans included.
            ///
            /// ```
            /// use tasker_span_runtime::catalogue::{Attribute, Family};
            ///
            /// assert!(Family::Step.required().contains(&Attribute::StepUuid));
            /// assert!(!Family::Task.required().contains(&Attribute::StepUuid));
            /// ```
            pub const fn required(self) -> &'static [Attribute] {
                match self { #(Self::#families => #required),* }
            }

            /// What spans of the family carry if a source has it.
            ///
            /// ```
            /// use tasker_span_runtime::catalogue::{Attribute, Family};
            ///
            /// assert!(Family::Step.optional().contains(&Attribute::AttemptNumber));
            /// ```
            pub const fn optional(self) -> &'static [Attribute] {
                match self { #(Self::#families => #optional),* }
            }

            /// What a custom span of the family carries, in the order in which it does.
            pub(crate) const fn attributes(self) -> &'static [Attribute] {
                match self { #(Self::#families => #attributes),* }
            }

            pub(crate) const fn attribute_names(self) -> &'static [&'static str] {
                match self { #(Self::#families => #names),* }
            }
        }
    }
}

fn spans() -> TokenStream {
    let specs = SPANS.iter().map(spec);
    let count = SPANS.len();
    quote! {
        /// The spans of the catalogue, parents before children.
        ///
        /// ```
        /// let names = tasker_span_runtime::catalogue::CATALOGUE.iter().map(|span| span.name).collect::<Vec<_>>();
        /// assert_eq!(names[0], "task.orchestration");
        /// assert_eq!(names.len(), 9);
        /// ```
        pub static CATALOGUE: [SpanSpec; #count] = [#(#specs),*];
    }
}

fn spec(span: &SpanSpec) -> TokenStream {
    let SpanSpec {
        name, family, required, ..
    } = span;
    let kind = format_ident!("{}", span.kind);
    let parents = span.parents.iter().map(|parent| match parent {
        Parent::Span(name) => quote!(Parent::Span(#name)),
        Parent::Transition(from, to) => quote!(Parent::Transition { from: #from, to: #to }),
        Parent::AnyTaskSpan => quote!(Parent::AnyTaskSpan),
    });
    let attributes = list(carried(*family, required));
    let names = names(carried(*family, required));
    let (required, optional) = (list(required.iter().copied()), list(family.optional()));
    let family = family.variant();
    quote!(SpanSpec {
        name: #name,
        family: Family::#family,
        kind: SpanKind::#kind,
        parents: &[#(#parents),*],
        required: #required,
        optional: #optional,
        attributes: #attributes,
        attribute_names: #names,
    })
}

/// Everything that a span carries, in the order in which it does.
fn carried(family: Family, required: &[&Attribute]) -> impl Iterator<Item = &'static Attribute> {
    let is_carried = move |attribute: &&Attribute| required.contains(attribute) || attribute.optional == Some(family);
    ATTRIBUTES.iter().copied().filter(is_carried)
}

fn list<'a>(attributes: impl IntoIterator<Item = &'a Attribute>) -> TokenStream {
    let variants = attributes.into_iter().map(Attribute::variant);
    quote!(&[#(Attribute::#variants),*])
}

fn names<'a>(attributes: impl IntoIterator<Item = &'a Attribute>) -> TokenStream {
    let names = attributes.into_iter().map(|attribute| attribute.name);
    quote!(&[#(#names),*])
}

// Rows: correlation_id CorrelationId Uuid ::uuid::Uuid;
fn for_each_attribute() -> TokenStream {
    let rows = ATTRIBUTES.iter().map(|attribute| {
        let (name, variant) = (name(attribute), attribute.variant());
        let (kind, stored) = (format_ident!("{}", attribute.value.noun()), stored(attribute.value));
        quote!(#name #variant #kind #stored;)
    });
    callback("for_each_attribute", &quote!(#(#rows)*))
}

// Rows: namespace __namespace HasNamespace &str, "documentation" "message" "note";
fn for_each_supply() -> TokenStream {
    let rows = supplies().map(|attribute| {
        let (name, if_present, has) = (name(attribute), attribute.if_present(), attribute.has());
        let (lent, documentation) = (lent(attribute.value), documentation(attribute));
        let message = format!("`{{Self}}` supplies no `{}`", attribute.name);
        let note = if attribute.value == ValueType::Timestamp {
            format!("mark the field that holds the time: `#[span({})]`", attribute.name)
        } else {
            format!(
                "call the field that holds it `{0}`, or mark it: `#[span({0})]`",
                attribute.name
            )
        };
        quote!(#name #if_present #has #lent, #documentation #message #note;)
    });
    callback("for_each_supply", &quote!(#(#rows)*))
}

/// The family's optional attributes of a subject, for expansions: `P::optional!` calls it.
fn optional_attributes() -> TokenStream {
    let families = Family::ALL.map(Family::variant);
    let methods = Family::ALL.map(|family| {
        let started_at = (family == Family::Task).then_some(super::STARTED_AT);
        let methods = family.optional().chain(started_at).map(Attribute::if_present);
        quote!(#(#methods)*)
    });
    quote! {
        #[doc(hidden)]
        #[macro_export]
        macro_rules! __optional_of_family {
            #((#families $target:ident, $subject:expr) => {
                $crate::__optional!($target, $subject, [#methods])
            };)*
        }
    }
}

/// The type of a value in the runtime's `Attributes`.
fn stored(value: ValueType) -> TokenStream {
    match value {
        ValueType::Text | ValueType::State => quote!(crate::catalogue::attributes::Text),
        other => lent(other),
    }
}

/// The type of a value that a subject supplies.
fn lent(value: ValueType) -> TokenStream {
    match value {
        ValueType::Uuid => quote!(::uuid::Uuid),
        ValueType::Text | ValueType::State => quote!(&str),
        ValueType::Integer => quote!(i64),
        ValueType::Timestamp => quote!(::std::time::SystemTime),
    }
}

/// The documentation of a `Has…` trait.
fn documentation(attribute: &Attribute) -> String {
    let (name, meaning, has) = (attribute.name, attribute.meaning, attribute.has());
    let (import, ty, value, read) = match attribute.value {
        ValueType::Uuid => (", Uuid", "Uuid", "Uuid::from_u128(7)", "Uuid::from_u128(7)"),
        ValueType::Text | ValueType::State => ("", "String", "\"payments\".to_owned()", "\"payments\""),
        ValueType::Integer => ("", "u32", "3", "3"),
        ValueType::Timestamp => (
            "",
            "std::time::SystemTime",
            "std::time::SystemTime::UNIX_EPOCH",
            "std::time::SystemTime::UNIX_EPOCH",
        ),
    };
    format!(
        "Supplies `{name}`: {meaning}.\n\n\
         ```\n\
         use tasker_span_runtime::{{{has}, SpanFields{import}}};\n\n\
         #[derive(SpanFields)]\n\
         struct Subject {{\n    #[span({name})]\n    value: {ty},\n}}\n\n\
         let subject = Subject {{ value: {value} }};\n\
         assert_eq!(subject.{name}(), Some({read}));\n\
         ```"
    )
}
