//! Which functions return futures.

use quote::{ToTokens, quote};

use crate::catalogue::Family;
use crate::func::Func;
use crate::invocation::{Covers, Invocation};
use crate::shape::{Returns, Shape};

const INVOCATION: Invocation = Invocation {
    family: Family::Task,
    covers: Covers::Function,
};

fn shape(item: &str) -> String {
    let item = item.parse().expect("tokens");
    let func = Func::parse(item, INVOCATION).expect("a function");
    let Ok(shape) = Shape::of(&func, INVOCATION) else {
        return "lost".to_owned();
    };
    let returns = match Returns::of(&func, Some(&shape)) {
        Returns::Unit => "unit",
        Returns::Never => "never",
        Returns::Type(_) => "type",
    };
    let shape = match shape {
        Shape::Sync => "sync",
        Shape::Async => "async",
        Shape::Future(_) => "future",
    };
    format!("{shape} {returns}")
}

#[test]
fn a_function_is_what_its_signature_and_tail_say() {
    for (item, expected) in [
        ("fn f() {}", "sync unit"),
        ("fn f() -> () {}", "sync unit"),
        ("fn f() -> ! { loop {} }", "sync never"),
        ("fn f() -> u8 { 7 }", "sync type"),
        ("async fn f() -> u8 { 7 }", "async type"),
        ("async fn f() {}", "async unit"),
        (
            "fn f() -> impl Future<Output = u8> + Send { async move { 7 } }",
            "future type",
        ),
        ("fn f() -> impl Future<Output = ()> { async {} }", "future unit"),
        (
            "fn f() -> Pin<Box<dyn Future<Output = !>>> { Box::pin(async move { loop {} }) }",
            "future never",
        ),
        (
            "fn f() -> Box<dyn Future<Output = u8>> { Box::new(async move { 7 },) }",
            "future type",
        ),
        (
            "fn f() -> BoxFuture<'static, u8> { async move { 7 }.boxed() }",
            "future type",
        ),
        (
            "fn f() -> Reply { std::boxed::Box::pin(async move { 7 }) }",
            "future type",
        ),
        ("fn f() -> impl Future<Output = u8> { ready(7) }", "lost"),
        (
            "fn f() -> BoxFuture<'static, u8> { if a { b.boxed() } else { async { 7 }.boxed() } }",
            "lost",
        ),
        ("async fn f() -> BoxFuture<'static, u8> { g() }", "lost"),
        ("async fn f() -> impl Future<Output = u8> { ready(7) }", "lost"),
        // A stream's items are made later.
        ("fn f() -> impl Stream<Item = u8> + Send { g() }", "lost"),
        (
            "fn f() -> Pin<Box<dyn futures::Stream<Item = u8> + Send>> { g() }",
            "lost",
        ),
        ("fn f() -> LocalBoxStream<'_, u8> { g() }", "lost"),
        ("async fn f() -> stream::BoxStream<'static, u8> { g().await }", "lost"),
        (
            "fn f() -> impl Future<Output = impl TryStream> { async { g() } }",
            "lost",
        ),
        (
            "async fn f() -> Result<BoxStream<'static, u8>, Error> { g().await }",
            "async type",
        ),
        ("fn f() -> ReceiverStream<u8> { g() }", "sync type"),
        // So are the items of an iterator that ends in a closure.
        ("fn f() -> impl Iterator<Item = u8> { g().map(|x| x + 1) }", "lost"),
        (
            "fn f() -> impl Iterator<Item = u8> { (g().filter(|x| x > 1).skip(3).rev()) }",
            "lost",
        ),
        (
            "fn f() -> Box<dyn Iterator<Item = u8> + '_> { Box::new(g().flat_map(|x| x)) }",
            "lost",
        ),
        (
            "async fn f() -> impl Iterator<Item = u8> { g().await.map(|x| x + 1) }",
            "lost",
        ),
        (
            "fn f() -> impl Iterator<Item = u8> { let all = g().map(|x| x).collect(); all.into_iter() }",
            "sync type",
        ),
        (
            "async fn f() -> impl Iterator<Item = u8> { g().await.into_iter() }",
            "async type",
        ),
        ("fn f() -> Option<u8> { g().map(|x| x + 1) }", "sync type"),
        (
            "fn f() -> impl Iterator<Item = u8> { collected(g().map(|x| x)) }",
            "sync type",
        ),
        // The future belongs to the caller of the closure.
        ("fn f() -> impl Fn() -> Reply { move || async move { 7 } }", "sync type"),
        ("fn f() -> Pin<Box<u8>> { Box::pin(7) }", "sync type"),
        ("fn f() -> JoinHandle { spawn(async move { 7 }) }", "sync type"),
        ("fn f() { async move { 7 }; }", "sync unit"),
    ] {
        assert_eq!(shape(item), expected, "{item}");
    }
}

#[test]
fn a_tail_is_split_off_and_the_statements_before_it_are_unchanged() {
    let item = quote!(
        fn f() -> BoxFuture<'static, u8> {
            let (a, b) = pair::<u8, u8>();
            ::std::boxed::Box::pin(async move { a + b })
        }
    );
    let func = Func::parse(item, INVOCATION).expect("a function");
    let Ok(Shape::Future(tail)) = Shape::of(&func, INVOCATION) else {
        panic!("a future")
    };
    assert_eq!(
        tail.before.to_string(),
        "let (a , b) = pair :: < u8 , u8 > () ; :: std :: boxed :: Box :: pin"
    );
    assert_eq!(tail.keywords.to_string(), "async move");
    assert_eq!(tail.block.to_token_stream().to_string(), "{ a + b }");
    assert!(tail.call.is_some());
}
