//! Users who come with tickets of a real KDC, and whose groups a real directory knows.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use tests::directory::{ADMIN_DN, ADMIN_PASSWORD, Directory, GROUPS_DN};
use tests::kerberos::{OTHER, REALM, Realm, Ticket};
use tests::rest::Answer;
use tests::rpkg::Rpkg;
use tests::wait::{LONG, until_true};
use tests::{Module, Service};

const HEADER: &str = "X-Remote-User";

/// Whether somebody may submit: 200, 401, 403 or 503. Changes nothing.
async fn may_submit(service: &Service, headers: &[(&str, &str)]) -> Answer {
    let body = json!({"modulemd": Module::new("asked").yaml()}).to_string();
    service.rest().post("/module-builds/?dry_run=true", headers, body).await
}

async fn with_ticket(service: &Service, ticket: &Ticket) -> Answer {
    may_submit(service, &[("Authorization", &ticket.token())]).await
}

async fn forwarded(service: &Service, name: &str) -> Answer {
    may_submit(service, &[(HEADER, name)]).await
}

#[track_caller]
fn is(answer: &Answer, status: u16, message: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(answer.message().contains(message), "{}", answer.text);
}

/// `curl --negotiate` by somebody: status, `WWW-Authenticate` of the last answer, body.
fn curl(ticket: &Ticket, service: &Service, arguments: &[&str], path: &str) -> (u16, String, String) {
    let address = service.address().replace("127.0.0.1", "localhost");
    let mut command = ticket.command("curl");
    command.args(["--silent", "--noproxy", "*", "--negotiate", "--user", ":"]).args(arguments);
    command.args(["--write-out", "\n%header{www-authenticate}\n%{http_code}"]);
    let output = command.arg(format!("{address}/module-build-service/2{path}")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (rest, status) = text.rsplit_once('\n').unwrap();
    let (body, header) = rest.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), header.to_owned(), body.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_submits_and_administrators_cancel() {
    let realm = Realm::start(&["alice", "bob", "root"]).await;
    let directory = Directory::start(&[("packager", &["alice", "root"]), ("mbs-admin", &["root"])]).await;
    let service = Service::builder()
        .kerberos(&realm, &directory)
        .option("ADMIN_GROUPS", vec!["mbs-admin"])
        .workers(0)
        .start()
        .await;
    let document = json!({"modulemd": Module::new("by-ticket").yaml()}).to_string();
    let submit = ["--request", "POST", "--data", &document];

    let (status, header, body) = curl(&realm.login("alice"), &service, &submit, "/module-builds/");
    assert_eq!(status, 201, "{body}");
    assert!(header.starts_with("Negotiate ") && header.len() > 40, "the service proves itself: {header}");
    let id = serde_json::from_str::<serde_json::Value>(&body).unwrap()[0]["id"].as_i64().unwrap();
    assert_eq!(service.rest().build(id).await["owner"], "alice");

    let (status, header, body) = curl(&realm.login("bob"), &service, &submit, "/module-builds/");
    assert_eq!(status, 403, "{body}");
    assert!(body.contains("bob is not in any of"), "{body}");
    assert!(header.starts_with("Negotiate ") && header.len() > 40, "also where it refuses: {header}");

    let cancel = ["--request", "PATCH", "--data", r#"{"state": "failed"}"#];
    let path = format!("/module-builds/{id}");
    let (status, _, body) = curl(&realm.login("bob"), &service, &cancel, &path);
    assert_eq!(status, 403, "{body}");
    let (status, _, body) = curl(&realm.login("root"), &service, &cancel, &path);
    assert_eq!(status, 200, "{body}");
    assert_eq!(service.rest().build(id).await["state_reason"], "Canceled by root.");

    // Without a ticket: how to log in, and the sentence that clients know.
    let nobody = may_submit(&service, &[]).await;
    is(&nobody, 401, "No REMOTE_USER is set.");
    assert_eq!(nobody.headers["www-authenticate"], "Negotiate");
    assert_eq!(service.rest().get("/module-builds/").await.status, 200, "reading is free");
    assert_eq!(service.rest().get("/about/").await.body["auth_method"], "kerberos");
    assert!(!service.server_log().contains("everybody on this host can read a key"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keytab_that_everybody_can_read_is_noted() {
    let realm = Realm::start(&["alice"]).await;
    let directory = Directory::start(&[("packager", &["alice"])]).await;
    std::fs::set_permissions(realm.keytab(), Permissions::from_mode(0o644)).unwrap();
    let service = Service::builder().kerberos(&realm, &directory).workers(0).start().await;
    let log = service.server_log();
    let line = log.lines().find(|line| line.contains("everybody on this host can read a key")).unwrap();
    assert!(line.contains("KERBEROS_KEYTAB") && line.contains("WARN"), "{line}");
    is(&with_ticket(&service, &realm.login("alice")).await, 200, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_exactly_those_of_the_directory() {
    let injection = "*)(memberUid=*";
    let realm = Realm::start(&["alice", "deep", "cased", injection, "x/alice"]).await;
    let directory = Directory::start(&[("packager", &["alice"]), ("Packager-Two", &["cased"])]).await;
    directory.modify(&format!(
        "dn: ou=inner,{GROUPS_DN}\nchangetype: add\nobjectClass: organizationalUnit\nou: inner\n\n\
         dn: cn=packager,ou=inner,{GROUPS_DN}\nchangetype: add\nobjectClass: posixGroup\ncn: packager\n\
         gidNumber: 7\nmemberUid: deep\n"
    ));
    let service = Service::builder()
        .kerberos(&realm, &directory)
        .option("ALLOWED_GROUPS", vec!["packager", "packager-two"])
        .workers(0)
        .start()
        .await;
    is(&with_ticket(&service, &realm.login("alice")).await, 200, "");
    let deep = with_ticket(&service, &realm.login("deep")).await;
    is(&deep, 403, "deep is not in any of");
    let cased = with_ticket(&service, &realm.login("cased")).await;
    is(&cased, 403, "only {'Packager-Two'}");
    let injected = with_ticket(&service, &realm.login(injection)).await;
    is(&injected, 403, "only set()");
    is(&with_ticket(&service, &realm.login("x/alice")).await, 403, "x/alice is not in any of");
    let asked = directory.output().to_uppercase();
    assert!(asked.contains(r"(MEMBERUID=\2A\29\28MEMBERUID=\2A)"), "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_other_realms_are_strangers() {
    let realm = Realm::start(&["alice"]).await;
    realm.add("alice", OTHER);
    let directory = Directory::start(&[("packager", &["alice"])]).await;
    let start = |realms: Vec<&'static str>| {
        Service::builder().kerberos(&realm, &directory).option("KERBEROS_REALMS", realms).workers(0).start()
    };
    let service = start(Vec::new()).await;
    let stranger = realm.login_for("alice", OTHER, "1h");
    let refused = with_ticket(&service, &stranger).await;
    is(&refused, 401, "Users of this realm are not known here.");
    assert!(service.server_log().contains("realm=\"OTHER.TEST\""), "{}", service.server_log());
    is(&with_ticket(&service, &realm.login("alice")).await, 200, "");
    // An operator who trusts it may say so.
    let service = start(vec![REALM, OTHER]).await;
    is(&with_ticket(&service, &stranger).await, 200, "");
    let service = start(vec![OTHER]).await;
    is(&with_ticket(&service, &realm.login("alice")).await, 401, "realm");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_cannot_use_the_ticket_of_whoever_looks_at_it() {
    let realm = Realm::start(&["alice"]).await;
    let directory = Directory::start(&[("packager", &["alice"])]).await;
    let service = Service::builder()
        .kerberos(&realm, &directory)
        .option("REMOTE_USER_HEADER", HEADER)
        .option("TRUSTED_PROXIES", vec!["127.0.0.1"])
        .option("KERBEROS_REALMS", vec![REALM])
        .workers(0)
        .start()
        .await;
    let alice = realm.login("alice");
    let page = [("Origin", "https://evil.example.com"), ("Sec-Fetch-Site", "cross-site")];
    for only in [&page[..1], &page[1..]] {
        let token = alice.token();
        for credentials in [("Authorization", token.as_str()), (HEADER, "alice@EXAMPLE.TEST")] {
            let headers: Vec<_> = only.iter().copied().chain([credentials]).collect();
            is(&may_submit(&service, &headers).await, 403, "a page of another site");
        }
    }
    // Its own pages may.
    let own = [("Sec-Fetch-Site", "same-origin"), ("Authorization", &alice.token())];
    is(&may_submit(&service, &own).await, 200, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn graphql_takes_a_ticket_once_a_query() {
    let realm = Realm::start(&["alice"]).await;
    let directory = Directory::start(&[("packager", &["alice"])]).await;
    let service = Service::builder().kerberos(&realm, &directory).workers(0).start().await;
    let query = json!({ "query": "{ viewer { name groups method } again: viewer { name } }" }).to_string();
    let ask = async |headers: &[(&str, &str)]| service.rest().post_at_root("/graphql", headers, query.clone()).await;
    let answer = ask(&[("Authorization", &realm.login("alice").token())]).await;
    let alice = json!({ "name": "alice", "groups": ["packager"], "method": "kerberos" });
    assert_eq!(answer.body["data"], json!({ "viewer": alice, "again": { "name": "alice" } }), "{}", answer.text);
    assert!(answer.headers["www-authenticate"].starts_with("Negotiate "), "the service proves itself");
    let nobody = ask(&[]).await;
    assert_eq!(nobody.body["errors"][0]["extensions"]["status"], 401, "{}", nobody.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_once() {
    let realm = Realm::start(&["alice"]).await;
    let directory = Directory::start(&[("packager", &["alice"])]).await;
    let service = Service::builder().kerberos(&realm, &directory).workers(0).start().await;
    let token = realm.login("alice").token();
    is(&may_submit(&service, &[("Authorization", &token)]).await, 200, "");
    is(&may_submit(&service, &[("Authorization", &token)]).await, 401, "not accepted");
    service.stop_server();
    service.start_server().await;
    is(&may_submit(&service, &[("Authorization", &token)]).await, 401, "not accepted");
    let log = service.server_log();
    assert!(log.contains("replay") && !log.contains(token.trim_start_matches("Negotiate ")), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_of_the_past_are_refused_and_the_kdc_is_not_needed() {
    let realm = Realm::start(&["alice"]).await;
    let directory = Directory::start(&[("packager", &["alice"])]).await;
    let service = Service::builder()
        .kerberos(&realm, &directory)
        .variable("KRB5_CONFIG", realm.strict_config().display().to_string())
        .workers(0)
        .start()
        .await;
    let ticket = realm.login("alice");
    let unused = ticket.token();
    realm.kill();
    is(&with_ticket(&service, &ticket).await, 200, "");
    realm.restart().await;
    let short = realm.login_for("alice", REALM, "2s");
    let old = short.token();
    until_true("the ticket to expire", LONG, async || short.is_expired()).await;
    // The service forgives a second.
    let document = json!({"modulemd": Module::new("too-late").yaml()}).to_string();
    let dry = ["--request", "POST", "--data", &document];
    until_true("the service to refuse it", LONG, async || {
        curl(&short, &service, &dry, "/module-builds/?dry_run=true").0 == 401
    })
    .await;
    is(&may_submit(&service, &[("Authorization", &old)]).await, 401, "not accepted");
    let log = service.server_log();
    let reason = log.lines().rfind(|line| line.contains("refused a Kerberos ticket")).unwrap();
    assert!(!reason.contains("replay"), "{reason}");
    assert!(reason.contains("expired") || reason.contains("skew"), "{reason}");
    is(&may_submit(&service, &[("Authorization", &unused)]).await, 401, "not accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_refused() {
    let realm = Realm::start(&["alice"]).await;
    let directory = Directory::start(&[("packager", &["alice"])]).await;
    let service = Service::builder().kerberos(&realm, &directory).workers(0).start().await;
    let good = realm.login("alice").token();
    let cut = &good[..good.len() / 4 * 3 + 2];
    let mut flipped = good.clone().into_bytes();
    flipped[good.len() / 2] ^= 1;
    let flipped = String::from_utf8(flipped).unwrap();
    let large = format!("Negotiate {}", "YII".repeat(2700));
    let headers = [
        "Negotiate",
        "Negotiate ",
        "Negotiate !",
        "Negotiate AAAA",
        // NTLM, bare and inside of SPNEGO.
        "Negotiate TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAO5CAAAADw==",
        "Negotiate YEgGBisGAQUFAqA+MDygDjAMBgorBgEEAYI3AgIKoioEKE5UTE1TU1AAAQAAAJeCCOIAAAAAAAAAAAAAAAAAAAAACgBhSgAAAA8=",
        "NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAO5CAAAADw==",
        "Basic YWxpY2U6c2VjcmV0",
        "Bearer tok-alice",
        "Negotiate YIIBATAA",
        "alice@EXAMPLE.TEST",
        cut,
        &flipped,
        &large,
    ];
    for header in headers {
        let answer = may_submit(&service, &[("Authorization", header)]).await;
        assert_eq!(answer.status, 401, "{header}: {}", answer.text);
        assert_eq!(answer.headers["www-authenticate"], "Negotiate", "{header}");
    }
    // Nobody's name.
    let long = format!("{}@{REALM}", "a".repeat(8 << 10));
    for name in ["alice", "alice@EXAMPLE.TEST", &long] {
        for header in ["Remote-User", "REMOTE_USER", HEADER] {
            let answer = may_submit(&service, &[(header, name)]).await;
            is(&answer, 401, "No REMOTE_USER is set.");
        }
    }
    let schemes = good.replacen("Negotiate", "nEGOTIATE", 1);
    is(&may_submit(&service, &[("Authorization", &schemes)]).await, 200, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_directory_nobody_gets_in() {
    let realm = Realm::start(&["alice", "always"]).await;
    let directory = Directory::start(&[("packager", &["alice"])]).await;
    let service = Service::builder()
        .kerberos(&realm, &directory)
        .option("LDAP_CACHE_SECONDS", 0)
        .option("LDAP_TIMEOUT_SECONDS", 1)
        .option("ALLOWED_USERS", vec!["always"])
        .workers(0)
        .start()
        .await;
    let (alice, always) = (realm.login("alice"), realm.login("always"));
    is(&with_ticket(&service, &alice).await, 200, "");
    directory.freeze();
    is(&with_ticket(&service, &alice).await, 503, "directory");
    is(&with_ticket(&service, &always).await, 200, "");
    directory.thaw();
    is(&with_ticket(&service, &alice).await, 200, "");
    directory.kill();
    is(&with_ticket(&service, &alice).await, 503, "directory");
    assert_eq!(service.rest().get("/module-builds/").await.status, 200);
    directory.restart().await;
    is(&with_ticket(&service, &alice).await, 200, "");
    // A connection that broke while nobody used it is no reason to refuse anybody.
    directory.kill();
    directory.restart().await;
    is(&with_ticket(&service, &alice).await, 200, "");
    assert!(service.server_log().contains("the directory does not answer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_remembered_for_a_while_only() {
    let realm = Realm::start(&["alice", "root"]).await;
    let directory = Directory::start(&[("packager", &["alice", "root"]), ("mbs-admin", &["root"])]).await;
    let service = Service::builder()
        .kerberos(&realm, &directory)
        .option("ADMIN_GROUPS", vec!["mbs-admin"])
        .option("LDAP_CACHE_SECONDS", 2)
        .workers(0)
        .start()
        .await;
    let (alice, root) = (realm.login("alice"), realm.login("root"));
    let administers =
        async || service.rest().get_with("/audit-events/", &[("Authorization", &root.token())]).await.status;
    assert_eq!(administers().await, 200);
    directory.leave("mbs-admin", "root");
    until_true("root to be no administrator", LONG, async || administers().await == 403).await;
    directory.join("mbs-admin", "root");
    until_true("root to be one again", LONG, async || administers().await == 200).await;
    is(&with_ticket(&service, &alice).await, 200, "");
    directory.leave("packager", "alice");
    until_true("alice to be out", LONG, async || with_ticket(&service, &alice).await.status == 403).await;
    directory.join("packager", "alice");
    until_true("alice to be in", LONG, async || with_ticket(&service, &alice).await.status == 200).await;
    // What is remembered ends with its time, whether the directory answers or not.
    directory.kill();
    until_true("alice to be forgotten", LONG, async || with_ticket(&service, &alice).await.status == 503).await;
    is(&with_ticket(&service, &alice).await, 503, "directory");
    until_true("the administrator to be forgotten", LONG, async || administers().await == 503).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn directories_with_certificates_and_passwords() {
    let realm = Realm::start(&["alice"]).await;
    let directory = Directory::closed(&[("packager", &["alice"])]).await;
    let other = Directory::start(&[("packager", &["alice"])]).await;
    let alice = realm.login("alice");
    let start = |ca: &Directory, password: &str| {
        Service::builder()
            .kerberos(&realm, &directory)
            .option("LDAP_URI", directory.tls_url())
            .option("LDAP_CA_FILE", ca.authority().file().display().to_string())
            .option("LDAP_BIND_DN", ADMIN_DN)
            .option("LDAP_BIND_PASSWORD", password)
            .workers(0)
            .start()
    };
    let service = start(&directory, ADMIN_PASSWORD).await;
    is(&with_ticket(&service, &alice).await, 200, "");
    let service = start(&directory, "wrong").await;
    is(&with_ticket(&service, &alice).await, 503, "directory");
    let log = service.server_log();
    assert!(log.contains("invalidCredentials") && !log.contains("wrong\""), "{log}");
    // Somebody else's certificate.
    let service = start(&other, ADMIN_PASSWORD).await;
    is(&with_ticket(&service, &alice).await, 503, "directory");
    assert!(service.server_log().contains("certificate"), "{}", service.server_log());
    // Without a password it tells nothing.
    let service = Service::builder().kerberos(&realm, &directory).workers(0).start().await;
    is(&with_ticket(&service, &alice).await, 503, "directory");
}

#[tokio::test(flavor = "multi_thread")]
async fn proxies_may_name_users_and_nobody_else_may() {
    let directory = Directory::start(&[("packager", &["alice"])]).await;
    let start = |proxies: Vec<&'static str>| {
        Service::builder()
            .option("NO_AUTH", false)
            .option("AUTH_METHOD", "kerberos")
            .option("KERBEROS_REALMS", vec![REALM])
            .option("LDAP_URI", directory.url())
            .option("LDAP_GROUPS_DN", GROUPS_DN)
            .option("REMOTE_USER_HEADER", HEADER)
            .option("TRUSTED_PROXIES", proxies)
            .workers(0)
            .start()
    };
    let service = start(vec!["192.0.2.0/24", "127.0.0.1"]).await;
    is(&forwarded(&service, "alice@EXAMPLE.TEST").await, 200, "");
    is(&forwarded(&service, "bob@EXAMPLE.TEST").await, 403, "bob is not in any of");
    is(&forwarded(&service, "alice@OTHER.TEST").await, 401, "realm");
    is(&forwarded(&service, "alice@example.test").await, 401, "realm");
    for name in ["alice", "alice@A@B", "@EXAMPLE.TEST", "al ice@EXAMPLE.TEST"] {
        is(&forwarded(&service, name).await, 401, "Value of REMOTE_NAME is not in format username@REALM");
    }
    is(&forwarded(&service, "").await, 401, "No REMOTE_USER is set.");
    let two = [(HEADER, "alice@EXAMPLE.TEST"), (HEADER, "root@EXAMPLE.TEST")];
    is(&may_submit(&service, &two).await, 401, "REMOTE_NAME");
    // It has no key, so it asks for no ticket.
    assert!(!may_submit(&service, &[]).await.headers.contains_key("www-authenticate"));

    let service = start(vec!["192.0.2.0/24"]).await;
    let forged = [(HEADER, "alice@EXAMPLE.TEST"), ("X-Forwarded-For", "192.0.2.1")];
    is(&may_submit(&service, &forged).await, 401, "No REMOTE_USER is set.");
    assert!(service.server_log().contains("not in TRUSTED_PROXIES"), "{}", service.server_log());
}

#[tokio::test(flavor = "multi_thread")]
async fn rpkg_submits_with_a_ticket() {
    let realm = Realm::start(&["alice", "bob"]).await;
    let directory = Directory::start(&[("packager", &["alice"])]).await;
    let service = Service::builder().kerberos(&realm, &directory).workers(0).start().await;
    let rpkg = |user: &str| Rpkg::of(&service, &realm.login(user));
    let scmurl = service.git.module(&Module::new("rpkg-ticket"));
    let text = rpkg("alice").run(&["module-build", &scmurl, "1"]).well();
    assert!(text.contains("was submitted to the MBS"), "{text}");
    let build = service.rows().await.builds_named("rpkg-ticket").await.remove(0);
    assert_eq!(build.owner, "alice");
    let id = build.id.to_string();
    let refused = rpkg("bob").run(&["module-build-cancel", &id]).badly();
    assert!(refused.contains("bob is not in any of"), "{refused}");
    let text = rpkg("alice").run(&["module-build-cancel", &id]).well();
    assert!(text.contains("was cancelled"), "{text}");
    let refused = Rpkg::new(&service).run(&["module-build", &scmurl, "1"]).badly();
    assert!(!refused.is_empty());
    assert_eq!(service.rows().await.builds_named("rpkg-ticket").await.len(), 1);
}
