//! The service does what `/openapi.json` says, asked by schemathesis: a program that reads such documents and sends what they
//! allow, and also what they do not.
//!
//! Every answer has to have a status, headers and a body that the document names, and must not be a defect. Submissions go into
//! databases of their own, and addresses of modules never leave this machine: the service takes those of one folder only.
//!
//! `MBS_SCHEMATHESIS_EXAMPLES=500 MBS_SCHEMATHESIS_SEED=7 cargo test -p tests --test openapi` asks longer and otherwise.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use sea_orm::ConnectionTrait;
use tempfile::TempDir;
use tests::postgres::Postgres;
use tests::service::{Builder, program};
use tests::{Service, python};
use tokio::process::Command;

/// What is checked of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";
/// Requests of one operation that are made up freely; each parameter is also tried with values at its bounds.
const EXAMPLES: &str = "25";
/// Where components come from.
const NOWHERE: &str = "file:///nonexistent/";
const SEED: &str = "20190401";

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// Asks the service at an address everything. Some submissions are of the module in `modules`.
async fn ask_everything(address: &str, folder: &Path, modules: &str) {
    let mut command = Command::new(python::program("schemathesis", "schemathesis"));
    command.args(["run", &format!("{address}/openapi.json"), "--checks", CHECKS]);
    command.args(["--phases", "examples,coverage,fuzzing", "--mode", "all", "--continue-on-failure"]);
    command.args(["--max-examples", &setting("MBS_SCHEMATHESIS_EXAMPLES", EXAMPLES)]);
    command.args(["--seed", &setting("MBS_SCHEMATHESIS_SEED", SEED)]);
    command.args(["--workers", "1", "--request-timeout", "60", "--generation-database", "none", "--no-color"]);
    command.args(["--suppress-health-check", "all", "--warnings", "off"]);
    command.env("MBS_MODULES", modules);
    command.env("SCHEMATHESIS_HOOKS", "schemathesis_hooks").env("PYTHONPATH", python::folder());
    let output = command.env("NO_PROXY", "*").current_dir(folder).output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
}

/// A service that takes modules from a folder of its own only, as documents, and as scratch builds.
fn open() -> Builder {
    Service::builder()
        .option("NO_AUTH", true)
        .option("ADMIN_GROUPS", vec!["packager"])
        .option("YAML_SUBMIT_ALLOWED", true)
        .option("MODULES_ALLOW_SCRATCH", true)
        .option("REBUILD_STRATEGY_ALLOW_OVERRIDE", true)
        .option("ALLOW_CUSTOM_SCMURLS", false)
        .option("RPMS_DEFAULT_REPOSITORY", NOWHERE)
        .option("ALLOWED_GROUPS_TO_IMPORT_MODULE", vec!["packager"])
}

fn contract(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contract").join(file)
}

/// Puts the rows of the recorded contract into an empty database, and brings it to the present schema.
async fn load(address: &str, seed: &str, folder: &Path) {
    let db = entities::db::connect(address, 1).await.unwrap();
    db.execute_unprepared(seed).await.unwrap();
    db.close().await.unwrap();
    let mut command = Command::new(program("mbs-manager"));
    command.arg("upgradedb").env("MBS_SQLALCHEMY_DATABASE_URI", address).env("MBS_STATE_DIR", folder);
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Asks a service that has the rows of the contract. It builds nothing, so they stay what they are but for what is asked.
async fn ask_about_the_contract(address: &str, folder: &Path) {
    let git = folder.join("git");
    let made = Command::new("bash").arg(contract("git/make_repositories.sh")).arg(&git).output().await.unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let modules = format!("file://{}/modules/", git.display());
    let service = open()
        .option("SQLALCHEMY_DATABASE_URI", address)
        .option("SCMURLS", vec![modules.clone()])
        .workers(0)
        .start()
        .await;
    ask_everything(&service.address(), folder, &modules).await;
    assert!(service.rest().answers().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_rows_of_the_contract_on_sqlite() {
    let folder = TempDir::with_prefix("mbs-openapi-").unwrap();
    let address = format!("sqlite:///{}/seeded.db", folder.path().display());
    let seed = std::fs::read_to_string(contract("seed/seed_sqlite.sql")).unwrap();
    // A dump has tables in the order of their names; they refer to one another.
    load(&address, &format!("PRAGMA foreign_keys = OFF;{seed}"), folder.path()).await;
    ask_about_the_contract(&address, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_rows_of_the_contract_on_postgresql() {
    let folder = TempDir::with_prefix("mbs-openapi-").unwrap();
    let postgres = Postgres::start().await;
    let seed = std::fs::read_to_string(contract("seed/seed_postgresql.sql")).unwrap();
    // Lines with a backslash are for psql.
    let seed: Vec<_> = seed.lines().filter(|line| !line.starts_with('\\')).collect();
    let address = postgres.url_of("seeded");
    let db = entities::db::connect(&postgres.url(), 1).await.unwrap();
    db.execute_unprepared("CREATE DATABASE seeded").await.unwrap();
    load(&address, &seed.join("\n"), folder.path()).await;
    ask_about_the_contract(&address, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_embedded_defaults() {
    let folder = TempDir::with_prefix("mbs-openapi-").unwrap();
    let modules = format!("file://{}/", folder.path().display());
    let service = open().option("SCMURLS", vec![modules.clone()]).start().await;
    ask_everything(&service.address(), folder.path(), &modules).await;
    assert!(service.rest().answers().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_examples_are_what_it_says() {
    let service = open().workers(0).start().await;
    let file = service.folder().join("openapi.json");
    let mut command = Command::new("curl");
    command.args(["--fail", "--silent", "--noproxy", "*", "--output"]).arg(&file);
    let fetched = command.arg(format!("{}/openapi.json", service.address())).status().await.unwrap();
    assert!(fetched.success());
    let mut command = Command::new(python::program("schemathesis", "python"));
    command.arg(python::folder().join("openapi_examples.py")).arg(&file);
    let output = command.output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
}
