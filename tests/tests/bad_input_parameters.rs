//! Every parameter, header and member of every route with hostile values, on both databases: each answer is JSON, none is a
//! defect, and nothing that was sent becomes a header.

use tests::fixtures::Part;
use tests::hostile::{header_values, json_values, query_values};
use tests::raw::{Raw, Reply};
use tests::service::Builder;
use tests::{Component, Module, Service};

const API: &str = "/module-build-service/2";

const PAGES: &[&str] = &["page", "per_page", "after", "order_by", "order_desc_by"];
const VIEWS: &[&str] = &["verbose", "short", "extended"];
const MODULES: &[&str] = &[
    "id",
    "name",
    "stream",
    "version",
    "context",
    "build_context",
    "build_context_no_bms",
    "runtime_context",
    "state",
    "state_reason",
    "modulemd",
    "koji_tag",
    "cg_build_koji_tag",
    "scmurl",
    "scratch",
    "srpms",
    "owner",
    "new_repo_task_id",
    "rebuild_strategy",
    "reused_module_id",
    "batch",
    "stream_version",
    "stream_version_lte",
    "nsvc",
    "rpm",
    "virtual_stream",
    "submitted_before",
    "submitted_after",
    "modified_before",
    "modified_after",
    "completed_before",
    "completed_after",
    "base_module_br",
    "base_module_br_name",
    "base_module_br_stream",
    "base_module_br_version",
    "base_module_br_context",
    "base_module_br_stream_version",
    "base_module_br_stream_version_lte",
    "base_module_br_stream_version_gte",
];
const COMPONENTS: &[&str] = &[
    "id",
    "package",
    "scmurl",
    "format",
    "task_id",
    "ref",
    "state",
    "state_reason",
    "nvr",
    "tagged",
    "tagged_in_final",
    "build_time_only",
    "buildonly",
    "batch",
    "module_id",
    "module_build",
    "reused_component_id",
    "weight",
];
/// Routes with their parameters; `{id}` is a number.
const ROUTES: &[(&str, &[&[&str]])] = &[
    ("/about/", &[]),
    ("/rebuild-strategies/", &[]),
    ("/module-builds/", &[MODULES, PAGES, VIEWS]),
    ("/module-builds/{id}", &[VIEWS]),
    ("/module-builds/{id}/messages", &[PAGES]),
    ("/component-builds/", &[COMPONENTS, PAGES, VIEWS]),
    ("/component-builds/{id}", &[VIEWS]),
    ("/component-builds/{id}/messages", &[PAGES]),
    ("/component-builds/{id}/log", &[&["offset"]]),
    ("/final-modulemd/{id}", &[]),
    ("/import-module/", &[]),
    ("/monitor/metrics", &[]),
];
const HEADERS: &[&str] = &[
    "Host",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-For",
    "X-Scheme",
    "X-Script-Name",
    "If-None-Match",
    "If-Modified-Since",
    "If-Match",
    "Idempotency-Key",
    "Content-Type",
    "Content-Encoding",
    "Accept",
    "Accept-Encoding",
    "Range",
    "Origin",
    "Access-Control-Request-Method",
    "Access-Control-Request-Headers",
    "Authorization",
    "Cookie",
    "Referer",
];
const SUBMISSION: &[&str] = &[
    "branch",
    "buildrequire_overrides",
    "rpm_component_ref_overrides",
    "modulemd",
    "module_name",
    "module_stream",
    "owner",
    "rebuild_strategy",
    "reuse_components_from",
    "require_overrides",
    "scmurl",
    "scratch",
    "side_tag",
    "srpms",
    "unknown",
];

/// A request, byte by byte.
struct Sent {
    method: &'static str,
    bytes: Vec<u8>,
}

fn get(target: &str) -> Sent {
    Sent { method: "GET", bytes: format!("GET {API}{target} HTTP/1.1\r\nHost: h\r\n\r\n").into_bytes() }
}

fn with_header(method: &'static str, target: &str, name: &str, value: &[u8]) -> Sent {
    let host = if name == "Host" { "" } else { "Host: h\r\n" };
    let body = if method == "POST" { "{\"scmurl\": 1}" } else { "" };
    let head = format!("{method} {API}{target} HTTP/1.1\r\n{host}Content-Length: {}\r\n{name}: ", body.len());
    Sent { method, bytes: [head.as_bytes(), value, b"\r\n\r\n", body.as_bytes()].concat() }
}

fn with_body(method: &'static str, target: &str, body: &str) -> Sent {
    let head = format!("{method} {API}{target} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", body.len());
    Sent { method, bytes: format!("{head}{body}").into_bytes() }
}

fn queries() -> Vec<Sent> {
    let values = query_values();
    let mut requests = Vec::new();
    for (route, groups) in ROUTES {
        let path = route.replace("{id}", "1");
        for value in &values {
            requests.push(get(&format!("{path}?{value}=1")));
            if route.contains("{id}") {
                requests.push(get(&route.replace("{id}", value)));
            }
        }
        for name in groups.iter().copied().flatten() {
            for value in &values {
                requests.push(get(&format!("{path}?{name}={value}")));
            }
            let many = format!("{name}=1&").repeat(2_000);
            requests.push(get(&format!("{path}?{name}=1&{name}=x&{name}=")));
            requests.push(get(&format!("{path}?{many}")));
            requests.push(get(&format!("{path}?{name}")));
        }
    }
    for value in &values {
        let ours = ["/healthz?", "/readyz?", "/metrics?", "/openapi.json?", "/docs?", "/docs/"];
        for base in ["/module-build-service/", "/", "/graphql"].into_iter().chain(ours) {
            let target = format!("{base}{value}");
            requests
                .push(Sent { method: "GET", bytes: format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n").into_bytes() });
        }
        requests.push(get(&format!("/about?{value}")));
    }
    requests
}

fn headers() -> Vec<Sent> {
    let targets =
        [("GET", "/module-builds/"), ("GET", "/module-builds/1"), ("GET", "/about"), ("POST", "/module-builds/")];
    let preflight = [("OPTIONS", "/module-builds/"), ("HEAD", "/module-builds/")];
    let mut requests = Vec::new();
    for name in HEADERS {
        for value in header_values() {
            for (method, target) in targets.into_iter().chain(preflight) {
                requests.push(with_header(method, target, name, &value));
            }
            let twice = [&value[..], b"\r\n", name.as_bytes(), b": y"].concat();
            requests.push(with_header("GET", "/module-builds/", name, &twice));
        }
    }
    requests
}

fn bodies() -> Vec<Sent> {
    let mut requests = Vec::new();
    for value in query_values() {
        requests.push(with_body("POST", &format!("/module-builds/?dry_run={value}"), "{}"));
    }
    for value in json_values() {
        for name in SUBMISSION {
            let number = requests.len();
            let document = serde_json::Value::from(Module::new(&format!("hostile-{number}")).yaml());
            let rest = if *name == "modulemd" { String::new() } else { format!(", \"modulemd\": {document}") };
            requests.push(with_body("POST", "/module-builds/", &format!("{{\"{name}\": {value}{rest}}}")));
            requests.push(with_body("POST", "/module-builds/", &format!("{{\"{name}\": {value}}}")));
        }
        requests.push(with_body("POST", "/module-builds/", &value));
        requests.push(with_body("POST", "/import-module/", &value));
        requests.push(with_body("POST", "/import-module/", &format!("{{\"scmurl\": {value}}}")));
        for body in
            [&value, &format!("{{\"state\": {value}}}"), &format!("{{\"state\": \"failed\", \"owner\": {value}}}")]
        {
            requests.push(with_body("PATCH", "/module-builds/1", body));
        }
        let query = format!("{{\"query\": {value}, \"variables\": {value}, \"operationName\": {value}}}");
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            query.len()
        );
        requests.push(Sent { method: "POST", bytes: format!("{head}{query}").into_bytes() });
    }
    requests
}

/// What is wrong with an answer: it tells of a defect, is not an error in our words, or has a header of theirs.
fn wrong(sent: &Sent, reply: &Reply) -> Option<&'static str> {
    if reply.status >= 500 {
        return Some("a defect");
    }
    if reply.header("x-injected").is_some() || reply.header("set-cookie").is_some() {
        return Some("a header of theirs");
    }
    // What is not HTTP is answered before there is a service: without a body.
    let is_of_protocol = matches!(reply.status, 400 | 414 | 431) && reply.header("content-length") == Some("0");
    if reply.status < 400 || sent.method == "HEAD" || is_of_protocol {
        return None;
    }
    let (text, body) = (reply.text(), reply.json());
    let is_ours = body["status"] == reply.status && body["error"].is_string() && body["message"].is_string();
    if !is_ours && !body["errors"].is_array() {
        return Some("no error in JSON");
    }
    let leaks = ["panicked", ".rs:", "SELECT \"", "sqlx", "SQLITE", "PostgreSQL"];
    leaks.iter().any(|leak| text.contains(leak)).then_some("it tells what is nobody's business")
}

/// Sends them one after the other; returns what was wrong.
async fn ask(service: &Service, requests: &[Sent]) -> Vec<String> {
    let mut raw = Raw::open(service).await;
    let mut all = Vec::new();
    for sent in requests {
        let _cut_off = raw.send(&sent.bytes).await;
        let reply = raw.reply_to(sent.method).await;
        let shown = String::from_utf8_lossy(&sent.bytes[..sent.bytes.len().min(200)]).into_owned();
        let Some(reply) = reply else {
            all.push(format!("no answer: {shown}"));
            raw = Raw::open(service).await;
            continue;
        };
        if let Some(wrong) = wrong(sent, &reply) {
            all.push(format!("{wrong}: {shown}\n→ {} {:?} {:.300}\n", reply.status, reply.headers, reply.text()));
        }
        if reply.header("connection") == Some("close") {
            raw = Raw::open(service).await;
        }
    }
    all
}

async fn all_of_it(service: Service) {
    // Something to find, of every kind.
    let part = Part::new("found", &service.git.component(&Component::new("found")));
    service.start_worker();
    let id = service.rest().submit_document(&Module::new("found").part(part).yaml()).await.id();
    service.rest().ready(id).await;
    service.kill_workers();
    for requests in [queries(), headers(), bodies()] {
        let half = requests.len() / 2;
        let (first, second) = tokio::join!(ask(&service, &requests[..half]), ask(&service, &requests[half..]));
        let wrong = [first, second].concat();
        assert!(
            wrong.is_empty(),
            "{} of {}:\n{}",
            wrong.len(),
            requests.len(),
            wrong[..wrong.len().min(20)].join("\n")
        );
        let list = service.rest().get("/module-builds/").await;
        assert_eq!(list.status, 200, "{}", list.text);
    }
    let log = service.server_log();
    for sign in ["panicked", "a request failed"] {
        assert!(!log.contains(sign), "{sign:?} in the log");
    }
}

/// Everybody may do everything, so that nothing is refused for who asks.
fn open_to_all() -> Builder {
    Service::builder().workers(0).option("ALLOWED_GROUPS_TO_IMPORT_MODULE", vec!["packager"])
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    all_of_it(open_to_all().start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    all_of_it(open_to_all().postgres().start().await).await;
}
