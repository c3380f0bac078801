//! The expansion of a function with mistakes: the errors, and the function as it was.

use quote::quote;

use super::Case;

#[test]
fn the_item_follows_its_errors_untouched() {
    let item = quote!(
        /// Documentation.
        pub async fn run<T>(&self, r#type: T) -> Result<(), T>
        where
            T: Send,
        {
            #![allow(unused)]
            self.work(r#type).await
        }
    );
    let expanded = Case::task(quote!("task.orchestation", nonsense = 1), item.clone())
        .expand()
        .to_string();
    assert!(expanded.ends_with(&item.to_string()), "{expanded}");
    assert_eq!(expanded.matches("compile_error").count(), 2, "{expanded}");
}

#[test]
fn a_body_that_is_still_being_typed_is_left_to_the_compiler() {
    let body = quote!({ let task = ; self. });
    for signature in [
        quote!(fn run(&self)),
        quote!(async fn run(&self)),
        quote!(fn run() -> BoxFuture<'static, ()>),
    ] {
        let case = Case::task(
            quote!("task.orchestration", inherit(correlation_id, task_uuid, namespace)),
            quote!(#signature #body),
        );
        let expanded = case.expand().to_string();
        assert!(expanded.contains(&body.to_string()), "{expanded}");
        assert!(!expanded.contains("compile_error"), "{expanded}");
    }
}

#[test]
fn mistakes_in_a_block_are_one_expression() {
    let expanded = crate::pipeline::block(crate::catalogue::Family::Task, quote!("nonsense", level = "inf"));
    let block = syn::parse2::<syn::ExprBlock>(expanded).expect("a block");
    assert_eq!(block.block.stmts.len(), 2);
}
