//! The service works on an adopted database, and on no other.

use reqwest::Client;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::fixtures::Part;
use tests::git::Git;
use tests::process::{Process, free_port};
use tests::rest::Rest;
use tests::wait::{LONG, until_true};
use tests::{Component, Module};

use crate::database::{Database, everything};

struct Server {
    process: Process,
    base: String,
    rest: Rest,
}

impl Server {
    async fn start(database: &Database) -> Self {
        let port = free_port();
        let mut command = database.manager(&["run"]);
        command.env("MBS_PORT", port.to_string());
        let mut process = Process::start("server", &mut command, &database.folder.path().join("server.log"));
        let base = format!("http://127.0.0.1:{port}");
        let rest = Rest::new(base.clone());
        until_true("the server to answer", LONG, async || {
            assert!(process.is_running(), "{}", process.output());
            rest.answers().await
        })
        .await;
        Self { process, base, rest }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_build_is_taken() {
    for database in Database::both().await {
        let database = database.seeded().await;
        database.upgrade(&[]);
        let server = Server::start(&database).await;
        let git = Git::new(&database.folder.path().join("git"));
        let module = Module::new("adopted")
            .platforms(&["f28"])
            .part(Part::new("adopted-first", &git.component(&Component::new("adopted-first"))));
        let answer = server.rest.submit_document(&module.yaml()).await;
        assert_eq!(answer.status, 201, "{}\n{}", answer.text, server.process.output());
        let id = answer.id();
        assert!(id > 31, "it has a number of its own");
        server
            .rest
            .when(id, "on its way", |build| !build["state_name"].is_null() && build["state_name"] != "init")
            .await;
        let newest = server.rest.get("/module-builds/?per_page=50").await;
        let listed: Vec<_> =
            newest.body["items"].as_array().unwrap().iter().map(|build| build["id"].as_i64()).collect();
        assert!(listed.contains(&Some(id)) && listed.contains(&Some(8)), "{listed:?}");
        let components = server.rest.build(id).await["component_builds"].as_array().map(Vec::len);
        assert!(components > Some(0), "its components are there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn graphql_answers_for_a_state_without_a_name() {
    let database = Database::sqlite().seeded().await;
    database.upgrade(&[]);
    let server = Server::start(&database).await;
    let query = "{ moduleBuild(id: 11) { components(first: 100) { nodes { number state stateNumber stateTrace { nodes { state } } } } } }";
    let request = Client::builder().no_proxy().build().unwrap().post(format!("{}/graphql", server.base));
    let answer = request.json(&json!({"query": query})).send().await.unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    let components = answer["data"]["moduleBuild"]["components"]["nodes"].as_array().unwrap();
    let found = components.iter().find(|component| component["number"] == 19).unwrap();
    assert_eq!((&found["state"], &found["stateNumber"]), (&Value::Null, &json!(5)), "{answer}");
}

/// The Python service may go on writing, and may be gone back to.
const WRITTEN_BY_PYTHON: &str = "INSERT INTO module_builds (id, name, stream, version, context, state, modulemd, owner, \
                                 time_submitted, rebuild_strategy) VALUES (900, 'late', '1', '1', '00000000', 4, '', 'alice', \
                                 '2019-04-01 00:00:00', 'all')";

#[tokio::test(flavor = "multi_thread")]
async fn what_the_python_service_writes_later_is_completed_first() {
    let [sqlite, postgres] = Database::both().await;
    let postgres = postgres.seeded().await;
    refused(&postgres, "the database has an older schema; run `mbs-manager upgradedb` first");
    postgres.upgrade(&[]);
    postgres.execute(WRITTEN_BY_PYTHON).await;
    refused(&postgres, "the Python service has written to the database; run `mbs-manager upgradedb` first");
    let said = postgres.upgrade(&[]);
    assert!(said.contains("1 module builds completed"), "{said}");
    Server::start(&postgres).await;

    let sqlite = sqlite.seeded().await;
    drop(Server::start(&sqlite).await);
    sqlite.execute(WRITTEN_BY_PYTHON).await;
    let server = Server::start(&sqlite).await;
    assert_eq!(server.rest.get("/module-builds/900").await.status, 200);
    assert_eq!(sqlite.count("module_builds WHERE buildrequires_json IS NULL").await, 0);
}

fn refused(database: &Database, sentence: &str) {
    for command in [&["run", "--serve-only"][..], &["worker"]] {
        let mut command = database.manager(command);
        let output = command.env("MBS_PORT", free_port().to_string()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(everything(&output).contains(sentence), "{}", everything(&output));
    }
}

/// A database that was upgraded by a version before the index of rows to complete.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_an_earlier_version_goes_on() {
    for database in Database::both().await {
        let database = database.seeded().await;
        database.upgrade(&[]);
        let db = database.connect().await;
        for statement in [
            "DROP INDEX ix_module_builds_to_complete",
            "DELETE FROM mbs_migrations WHERE version = 'm000008_index_of_rows_to_complete'",
            "UPDATE module_builds SET buildrequires_json = NULL",
        ] {
            db.execute_unprepared(statement).await.unwrap();
        }
        db.close().await.unwrap();
        let said = database.upgrade(&[]);
        assert!(said.contains("1 schema changes made") && said.contains("31 module builds completed"), "{said}");
    }
}
