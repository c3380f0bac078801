//! Where Jaeger is.

/// Where Jaeger's pages and its query API are: `TASKER_SPAN_JAEGER_URL`, or where Jaeger listens by default.
pub fn jaeger_url() -> String {
    let url = std::env::var("TASKER_SPAN_JAEGER_URL").ok();
    let url = url.filter(|url| !url.is_empty());
    url.map_or_else(
        || "http://localhost:16686".to_owned(),
        |url| url.trim_end_matches('/').to_owned(),
    )
}
