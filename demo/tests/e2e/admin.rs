//! The page of the example `admin` in a browser.

#[path = "../../examples/admin/routes.rs"]
mod routes;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use tasker_span_runtime::{Console, DetachedSpan, Telemetry, Uuid, step_scope};
use tasker_span_tests::example;
use tasker_span_tests::fixture::Task;
use tasker_span_tests::servers::wait_for;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tracing_subscriber::layer::SubscriberExt;

use crate::browser::Browser;
use crate::program::Program;

/// The page of some telemetry, and how often it was asked for.
struct Page {
    url: String,
    requests: Arc<AtomicUsize>,
    _runtime: Runtime,
}

fn serve(telemetry: &Arc<Telemetry>) -> Page {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let router = routes::router(Arc::clone(telemetry), "http://jaeger/trace/{trace_id}".to_owned());
    let router = router.layer(from_fn(move |request: Request, next: Next| {
        if request.uri().path() == "/" {
            counted.fetch_add(1, Ordering::SeqCst);
        }
        next.run(request)
    }));
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    runtime.spawn(async move { axum::serve(listener, router).await });
    Page {
        url,
        requests,
        _runtime: runtime,
    }
}

/// An execution that is open until the value ends.
fn begin(telemetry: &Telemetry, handler: &str) -> DetachedSpan {
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    let (task, step) = (Task::default(), Uuid::now_v7());
    tracing::subscriber::with_default(subscriber, || {
        step_scope!(
            "step.execution",
            task = task,
            step_uuid = step,
            handler_name = handler,
            attempt_number = 1
        )
        .detach()
    })
}

/// The names of the rows, as the browser has written them.
fn names(document: &str) -> Vec<String> {
    let (_, body) = document.split_once("<tbody>").unwrap_or_else(|| panic!("{document}"));
    let cells = body.split("<tr>").skip(1).filter_map(|row| row.split("<td>").nth(3));
    cells.map(|cell| cell.trim_end_matches("</td>").to_owned()).collect()
}

#[test]
#[ignore = "needs Chromium"]
fn a_browser_shows_what_is_open_and_no_more_when_it_has_ended() {
    let builder = Telemetry::builder().console(Console::Off).console_only();
    let telemetry = Arc::new(builder.running_after(Duration::from_hours(1)).build().unwrap());
    let page = serve(&telemetry);
    let [first, script, last] =
        ["charge_payment", "<script>document.title = ''</script>", "ship_order"].map(|name| begin(&telemetry, name));
    let escaped = "&lt;script&gt;document.title = ''&lt;/script&gt;";
    let document = Browser::dump(&page.url);
    assert_eq!(
        names(&document),
        ["charge_payment", escaped, "ship_order"],
        "{document}"
    );
    assert!(
        document.contains("<title>Open work</title>"),
        "no script has run: {document}"
    );
    first.end();
    assert_eq!(names(&Browser::dump(&page.url)), [escaped, "ship_order"]);
    script.end();
    last.end();
    let document = Browser::dump(&page.url);
    assert!(
        names(&document).is_empty() && document.contains("<h1>0 open</h1>"),
        "{document}"
    );
}

#[test]
#[ignore = "needs Chromium"]
fn a_browser_refreshes_the_page_by_itself() {
    let builder = Telemetry::builder().console(Console::Off).console_only();
    let telemetry = Arc::new(builder.running_after(Duration::from_hours(1)).build().unwrap());
    let page = serve(&telemetry);
    let _browser = Browser::open(&page.url);
    wait_for("the third request of the page", || {
        let requests = page.requests.load(Ordering::SeqCst);
        (requests >= 3)
            .then_some(())
            .ok_or_else(|| format!("{requests} requests"))
    });
}

/// The oldest work is the order whose payment hangs.
#[test]
#[ignore = "needs Chromium"]
fn the_example_shows_the_payment_that_hangs() {
    let mut command = example::program("admin");
    command.arg("127.0.0.1:0").env("OTEL_TRACES_EXPORTER", "none");
    let program = Program::start("admin", &mut command);
    let url = program.wait_for_line("http://127.0.0.1");
    wait_for("the payment that hangs", || {
        let names = names(&Browser::dump(&url));
        let is_first = names.first().is_some_and(|name| name == "process_order");
        let is_seen = is_first && names.iter().any(|name| name == "charge_payment");
        is_seen.then_some(()).ok_or_else(|| names.join(", "))
    });
}
