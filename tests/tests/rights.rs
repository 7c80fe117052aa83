//! Whose builds and webhooks somebody may touch: their own, and everything if they administer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Output;

use serde_json::{Value, json};
use tests::directory::{Directory, GROUPS_DN};
use tests::kerberos::REALM;
use tests::rest::Answer;
use tests::service::Builder;
use tests::{Module, Service};

const HEADER: &str = "X-Remote-User";
const NOT_OWNER: &str = "You are not owner of this build and therefore cannot modify it.";
const TESTER: &str = "tester";

/// Behind a proxy that names its users, who are known to a directory; nothing is built.
struct Fixture {
    service: Service,
    _directory: Directory,
}

impl Fixture {
    async fn start(change: impl FnOnce(Builder) -> Builder) -> Self {
        let people: [(&str, &[&str]); 3] =
            [("packager", &["alice", "bob", "root", TESTER]), ("mbs-admin", &["root"]), ("testers", &[TESTER])];
        let directory = Directory::start(&people).await;
        let service = Service::builder()
            .option("NO_AUTH", false)
            .option("AUTH_METHOD", "kerberos")
            .option("KERBEROS_REALMS", vec![REALM])
            .option("LDAP_URI", directory.url())
            .option("LDAP_GROUPS_DN", GROUPS_DN)
            .option("REMOTE_USER_HEADER", HEADER)
            .option("TRUSTED_PROXIES", vec!["127.0.0.1"])
            .option("ALLOWED_GROUPS", vec!["packager"])
            .option("ADMIN_GROUPS", vec!["mbs-admin"])
            .option("GATE_GROUPS", vec!["testers"])
            .workers(0);
        Self { service: change(service).start().await, _directory: directory }
    }

    async fn ask(&self, user: &str, method: &str, path: &str, body: Value) -> Answer {
        let headers = [(HEADER, format!("{user}@{REALM}"))];
        let body = (!body.is_null()).then_some(body);
        self.service.rest().request(method, path, &headers, body.as_ref()).await
    }

    /// A build of `user`'s in the state `init`.
    async fn build(&self, user: &str, name: &str) -> i64 {
        let answer =
            self.ask(user, "POST", "/module-builds/", json!({"modulemd": Module::new(name).version(1).yaml()})).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.id()
    }

    /// An API token of `user`'s.
    async fn token(&self, user: &str, scope: &str) -> String {
        let answer = self.ask(user, "POST", "/tokens/", json!({"name": "test", "scopes": [scope]})).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.body["token"].as_str().unwrap().to_owned()
    }

    /// `mbs-build` with an API token.
    fn client(&self, token: &str, arguments: &[&str]) -> (i32, String) {
        let Output { status, stdout, stderr } =
            self.service.client_command(arguments).env("MBS_TOKEN", token).output().unwrap();
        (status.code().unwrap(), String::from_utf8([stdout, stderr].concat()).unwrap())
    }

    async fn execute(&self, statement: &str) {
        use sea_orm::ConnectionTrait as _;
        self.service.rows().await.connection().execute_unprepared(statement).await.unwrap();
    }
}

fn refused(answer: &Answer, status: u16, message: &str) {
    assert_eq!((answer.status, answer.message()), (status, message), "{}", answer.text);
}

async fn priorities(fixture: Fixture) {
    let id = fixture.build("alice", "urgent").await;
    let path = format!("/module-builds/{id}");
    let set = async |user: &str, priority: i32| fixture.ask(user, "PATCH", &path, json!({"priority": priority})).await;
    let only = "Only administrators may raise the priority of a build; its owner may lower it.";
    refused(&set("alice", 1).await, 403, only);
    refused(&set("bob", -1).await, 403, NOT_OWNER);
    refused(&set(TESTER, -1).await, 403, NOT_OWNER);
    refused(&set("root", 101).await, 400, "The priority has to be a whole number from -100 to 100");
    assert_eq!(fixture.service.rows().await.build(id).await.priority, 0);
    assert_eq!(set("root", 50).await.body["priority"], 50);
    assert_eq!(set("alice", 20).await.body["priority"], 20);
    refused(&set("alice", 21).await, 403, only);

    // With a token, an administrator is none.
    let (number, token) = (id.to_string(), fixture.token("root", "cancel").await);
    let (status, said) = fixture.client(&token, &["priority", &number, "90"]);
    assert!(status == 3 && said.contains(NOT_OWNER), "{said}");
    let token = fixture.token("alice", "cancel").await;
    let (status, said) = fixture.client(&token, &["priority", &number, "-10"]);
    assert!(status == 0 && said.contains(&format!("The priority of build {id} (urgent:")), "{said}");
    let (status, said) = fixture.client(&token, &["priority", &number, "0"]);
    assert!(status == 3 && said.contains(only), "{said}");
    let (status, said) = fixture.client(&token, &["priority", &number, "101"]);
    assert!(status == 3 && said.contains("from -100 to 100"), "{said}");
    assert_eq!(fixture.service.rows().await.build(id).await.priority, -10);
}

#[tokio::test]
async fn priorities_on_sqlite() {
    priorities(Fixture::start(|service| service).await).await;
}

#[tokio::test]
async fn priorities_on_postgresql() {
    priorities(Fixture::start(Builder::postgres).await).await;
}

async fn tried_again_by_owner_and_administrators(fixture: Fixture) {
    let (first, second) = (fixture.build("alice", "again").await, fixture.build("alice", "once-more").await);
    let retry =
        async |user: &str, id: i64| fixture.ask(user, "POST", &format!("/module-builds/{id}/retry"), json!({})).await;
    fixture.execute("UPDATE module_builds SET state = 4 WHERE owner = 'alice'").await;
    refused(&retry("bob", first).await, 403, NOT_OWNER);
    let token = fixture.token("bob", "submit").await;
    let (status, said) = fixture.client(&token, &["retry", &first.to_string()]);
    assert!(status == 3 && said.contains(NOT_OWNER), "{said}");
    let state = async |id: i64| fixture.service.rows().await.build(id).await.state.name();
    assert_eq!(state(first).await, "failed");
    let by_owner = retry("alice", first).await;
    assert_eq!(
        (by_owner.status, &by_owner.body["state_reason"]),
        (200, &json!("Retried by alice")),
        "{}",
        by_owner.text
    );
    let by_admin = retry("root", second).await;
    assert_eq!(
        (by_admin.status, &by_admin.body["state_reason"]),
        (200, &json!("Retried by root")),
        "{}",
        by_admin.text
    );
    assert_eq!(by_admin.body["owner"], "alice");
}

#[tokio::test]
async fn tried_again_by_owner_and_administrators_on_sqlite() {
    tried_again_by_owner_and_administrators(Fixture::start(|service| service).await).await;
}

#[tokio::test]
async fn tried_again_by_owner_and_administrators_on_postgresql() {
    tried_again_by_owner_and_administrators(Fixture::start(Builder::postgres).await).await;
}

#[tokio::test]
async fn a_program_answers_for_the_gate() {
    let fixture = Fixture::start(|service| service.option("GATE", "hook")).await;
    let id = fixture.build(TESTER, "gated").await;
    fixture.execute(&format!("UPDATE module_builds SET state = 3 WHERE id = {id}")).await;
    let number = id.to_string();
    let open = ["gate", &number, "--open"];
    let nobody = "is not in a group that may answer for the gate (GATE_GROUPS)";
    for (user, scope, why) in [
        ("bob", "gate", nobody),
        ("root", "gate", nobody),
        (TESTER, "submit", "This API token does not have the scope \"gate\"."),
    ] {
        let (status, said) = fixture.client(&fixture.token(user, scope).await, &open);
        assert!(status == 3 && said.contains(why), "{user}: {said}");
    }
    let token = fixture.token(TESTER, "gate").await;
    let (status, said) = fixture.client(&token, &["gate", &number, "--reason", "2 of 40 tests failed"]);
    let shown = format!("Build {id} (gated:1:");
    assert!(
        status == 0 && said.contains(&shown) && said.contains("kept closed by tester: 2 of 40 tests failed"),
        "{said}"
    );
    let (status, said) = fixture.client(&token, &open);
    assert!(status == 0 && said.contains("is ready"), "{said}");
    let (status, said) = fixture.client(&token, &["gate", &number]);
    assert!(status == 2 && said.contains("--open"), "{said}");
    // Who logged in and administers needs to be in no other group.
    let id = fixture.build("alice", "gated-too").await;
    fixture.execute(&format!("UPDATE module_builds SET state = 3 WHERE id = {id}")).await;
    let path = format!("/module-builds/{id}/gate");
    assert_eq!(fixture.ask("alice", "POST", &path, json!({"open": true})).await.status, 403);
    assert_eq!(fixture.ask("root", "POST", &path, json!({"open": true})).await.status, 200);
}

async fn webhooks(fixture: Fixture) {
    let secret = "sixteen bytes or more";
    let wish = |events: Value| json!({"url": "https://example.com/hook", "events": events, "secret": secret});
    let attempt = async |user: &str, events: Value| fixture.ask(user, "POST", "/webhooks/", wish(events)).await;
    let made = attempt("alice", json!({"name": ["a"]})).await;
    assert_eq!((made.status, &made.body["secret"]), (201, &json!(secret)), "{}", made.text);
    let id = made.body["id"].as_i64().unwrap();
    let all = "\"events\" has to say whose builds, of which modules, or which builds";
    refused(&attempt("bob", json!({})).await, 400, all);
    assert_eq!(attempt("root", json!({})).await.status, 201);
    fixture
        .execute(&format!(
            "INSERT INTO webhook_deliveries (webhook_id, number, event_id, topic, body, state, attempts, time_created, time_due) \
             VALUES ({id}, 1, '1', 'x', '{{}}', 'failed', 3, '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
        ))
        .await;
    let delivery = fixture.ask("alice", "GET", &format!("/webhooks/{id}/deliveries"), Value::Null).await.body["items"]
        [0]["id"]
        .to_string();

    let path = format!("/webhooks/{id}");
    let off = json!({"active": false});
    let missing = "No such webhook found.";
    refused(&fixture.ask("bob", "GET", &path, Value::Null).await, 404, missing);
    refused(&fixture.ask("bob", "GET", &format!("{path}/deliveries"), Value::Null).await, 404, missing);
    refused(&fixture.ask("bob", "PATCH", &path, off.clone()).await, 404, missing);
    refused(&fixture.ask("bob", "DELETE", &path, Value::Null).await, 404, missing);
    let again = format!("/webhook-deliveries/{delivery}/redelivery");
    refused(&fixture.ask("bob", "POST", &again, Value::Null).await, 404, "No such delivery found.");
    let others = fixture.ask("bob", "GET", "/webhooks/?owner=alice", Value::Null).await;
    refused(&others, 403, "Only administrators see webhooks of others.");
    assert_eq!(fixture.ask("bob", "GET", "/webhooks/", Value::Null).await.body["items"], json!([]));
    assert_eq!(fixture.service.rest().get("/webhooks/").await.status, 401);

    for user in ["alice", "root"] {
        let shown = fixture.ask(user, "GET", &path, Value::Null).await;
        assert!(shown.status == 200 && !shown.text.contains(secret), "{}", shown.text);
        assert_eq!(fixture.ask(user, "POST", &again, Value::Null).await.status, 202);
        let listed = fixture.ask(user, "GET", "/webhooks/?owner=alice", Value::Null).await;
        assert_eq!(listed.body["items"].as_array().unwrap().len(), 1, "{}", listed.text);
        assert!(!listed.text.contains(secret), "{}", listed.text);
    }
    let disabled = fixture.ask("root", "PATCH", &path, off).await;
    assert_eq!((disabled.status, &disabled.body["reason"]), (200, &json!("switched off by root")), "{}", disabled.text);
    // A token that may only read, or cancel, has no webhooks.
    let token = fixture.token("alice", "cancel").await;
    let (status, said) = fixture.client(&token, &["webhook", "list"]);
    assert!(status == 3 && said.contains("does not have the scope \"submit\""), "{said}");
    assert_eq!(fixture.ask("root", "DELETE", &path, Value::Null).await.status, 200);
    assert_eq!(fixture.ask("alice", "GET", "/webhooks/", Value::Null).await.body["items"], json!([]));
    assert!(!fixture.service.server_log().contains(secret));
    let audit = fixture.ask("root", "GET", "/audit-events/", Value::Null).await;
    assert!(audit.text.contains("redeliver") && !audit.text.contains(secret), "{}", audit.text);
}

#[tokio::test]
async fn webhooks_on_sqlite() {
    webhooks(Fixture::start(|service| service).await).await;
}

#[tokio::test]
async fn webhooks_on_postgresql() {
    webhooks(Fixture::start(Builder::postgres).await).await;
}

impl Fixture {
    async fn graphql(&self, user: &str, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let name = format!("{user}@{REALM}");
        self.service.rest().post_at_root("/graphql", &[(HEADER, &name)], body).await.body
    }
}

/// Changes by GraphQL have the rights, the refusals and the audit of REST.
async fn by_graphql(fixture: Fixture) {
    let id = fixture.build("alice", "graph").await;
    let refusal = async |user: &str, query: &str, variables: Value| {
        let answer = fixture.graphql(user, query, variables).await;
        let error = &answer["errors"][0];
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        format!("{} {}: {}", text(&error["extensions"]["code"]), error["extensions"]["status"], text(&error["message"]))
    };
    let retry = "mutation ($id: ID!) { retry(id: $id) { state stateReason owner } }";
    let running = refusal("alice", retry, json!({ "id": id })).await;
    assert!(running.starts_with("CONFLICT 409: "), "{running}");
    fixture.execute("UPDATE module_builds SET state = 4 WHERE owner = 'alice'").await;
    let others = format!("FORBIDDEN 403: {NOT_OWNER}");
    assert_eq!(refusal("bob", retry, json!({ "id": id })).await, others);
    let cancel = "mutation ($id: ID!) { cancel(id: $id) { state } }";
    assert_eq!(refusal("bob", cancel, json!({ "id": id })).await, others);
    let again = fixture.graphql("root", retry, json!({ "id": id })).await["data"]["retry"].take();
    assert_eq!(again, json!({ "state": "INIT", "stateReason": "Retried by root", "owner": "alice" }));

    let resume = "mutation ($text: String!) { resume(input: { modulemd: $text }) { number } }";
    let text = json!({ "text": Module::new("never").version(1).yaml() });
    assert!(refusal("alice", resume, text).await.starts_with("CONFLICT 409"), "there is nothing to go on with");
    let import = "mutation { importModule(scmurl: \"file:///nonexistent?#0\") { moduleBuild { number } } }";
    let refused = refusal("alice", import, json!({})).await;
    assert!(refused.starts_with("FORBIDDEN 403: alice is not in any of {'mbs-admin'}"), "{refused}");
    let tried = refusal("root", import, json!({})).await;
    assert!(!tried.starts_with("FORBIDDEN") && !tried.starts_with("INTERNAL"), "{tried}");

    let new_token = "mutation { makeToken(name: \"ci\", scopes: [\"submit\"], days: 3) { token apiToken { id } } }";
    let revoke = "mutation ($id: ID!) { revokeToken(id: $id) { good } }";
    let made = fixture.graphql("alice", new_token, json!({})).await["data"]["makeToken"].take();
    let token = json!({ "id": made["apiToken"]["id"] });
    assert!(refusal("bob", revoke, token.clone()).await.starts_with("NOT_FOUND 404"));
    assert_eq!(fixture.graphql("alice", revoke, token).await["data"]["revokeToken"]["good"], false);
    // The token is good for nothing now, and would have been for no token.
    let (status, said) = fixture.client(made["token"].as_str().unwrap(), &["retry", &id.to_string()]);
    assert!(status == 3 && said.contains("unknown, expired or revoked"), "{said}");

    let audit = fixture.ask("root", "GET", "/audit-events/?per_page=100", Value::Null).await;
    let events: Vec<String> = audit.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            let text = |name: &str| event[name].as_str().unwrap_or("-").to_owned();
            ["user", "action", "outcome"].map(text).join(" ")
        })
        .collect();
    for expected in [
        "bob retry refused",
        "root retry done",
        "bob cancel refused",
        "alice import refused",
        "alice make-token done",
        "bob revoke-token refused",
        "alice revoke-token done",
    ] {
        assert!(events.iter().any(|event| event == expected), "{expected}: {events:#?}");
    }
}

#[tokio::test]
async fn by_graphql_on_sqlite() {
    by_graphql(Fixture::start(|service| service.option("ALLOWED_GROUPS_TO_IMPORT_MODULE", vec!["mbs-admin"])).await)
        .await;
}

#[tokio::test]
async fn by_graphql_on_postgresql() {
    by_graphql(
        Fixture::start(|service| service.option("ALLOWED_GROUPS_TO_IMPORT_MODULE", vec!["mbs-admin"]).postgres()).await,
    )
    .await;
}
