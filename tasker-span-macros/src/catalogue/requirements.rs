//! What the compiler says about a subject whose type lacks attributes: a text for each span, and for
//! each combination of attributes. One error then names all of them.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::rows::{callback, name};
use super::{Attribute, Family, SPANS, listed};

// Rows: step_execution {
//     lacks_correlation_id_namespace (correlation_id, namespace) "message" "label" ["note" …]; …
// }
pub(super) fn emit() -> TokenStream {
    let of_spans = SPANS.iter().map(|span| {
        let rows = rows(&format!("the span `{}`", span.name), span.family, span.required);
        let module = span.module();
        quote!(#module { #rows })
    });
    let of_families = Family::ALL.into_iter().map(|family| {
        let rows = rows(&format!("every {} span", family.subject()), family, family.required());
        let module = format_ident!("{}", family.macro_name());
        quote!(#module { #rows })
    });
    callback("for_each_requirement", &quote!(#(#of_spans)* #(#of_families)*))
}

fn rows(span: &str, family: Family, required: &[&Attribute]) -> TokenStream {
    let of_subjects = required.iter().copied().filter(|attribute| !attribute.is_state());
    let of_subjects = of_subjects.collect::<Vec<_>>();
    let lacking = (1..1_usize << of_subjects.len()).map(|bits| {
        let is_lacking = |at: &usize| bits & (1 << at) != 0;
        let lacking = (0..of_subjects.len()).filter(is_lacking).map(|at| of_subjects[at]);
        row(span, family, &of_subjects, &lacking.collect::<Vec<_>>())
    });
    quote!(#(#lacking)*)
}

fn row(span: &str, family: Family, required: &[&Attribute], lacking: &[&Attribute]) -> TokenStream {
    let types = lacking.iter().map(|attribute| name(attribute));
    let joined = |separator, text: fn(&Attribute) -> String| {
        let texts = lacking.iter().map(|attribute| text(attribute));
        texts.collect::<Vec<_>>().join(separator)
    };
    let names = joined(", ", |attribute| attribute.name.to_owned());
    let bound = format_ident!("lacks_{}", joined("_", |attribute| attribute.name.to_owned()));
    let message = format!("`{{Self}}` lacks {}, which {span} requires", listed(lacking));
    let label = format!("does not supply {}", listed(lacking));
    let everything = (required.len() > lacking.len()).then(|| format!("{span} requires {}", listed(required)));
    let fields = if lacking.len() > 1 { "the fields" } else { "a field" };
    let fields = format!("{fields} {}", listed(lacking));
    let marked = lacking.first().map_or("", |attribute| attribute.name);
    let type_has_it = format!(
        "give the type a source: {fields}, or `#[span({marked})]` on a field of another name; a type parameter gets \
         the bound `{}`",
        joined(" + ", |attribute| attribute.has().to_string())
    );
    let is_of_task = |attribute: &&Attribute| Family::Task.required().contains(attribute);
    let task_has_it = (family == Family::Step && lacking.iter().any(is_of_task))
        .then(|| "or name the task, if the step is the only subject: `task = …`".to_owned());
    let value = format!(
        "or name the value in the macro: `{}`",
        joined(", ", |attribute| format!("{} = …", attribute.name))
    );
    let elsewhere = format!(
        "or take it from elsewhere: `inherit({names})` from the enclosing span, `late({names})` once it is known"
    );
    let notes = [everything, Some(type_has_it), task_has_it, Some(value), Some(elsewhere)];
    let notes = notes.iter().flatten();
    quote!(#bound (#(#types),*) #message #label [#(#notes)*];)
}
