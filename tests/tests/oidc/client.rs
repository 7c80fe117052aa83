//! `mbs-build login`, with a browser and without, and what comes after it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::identity_provider::AUDIENCE;

use crate::fixture::Fixture;

/// A user's home, with a browser in it.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(TempDir::with_prefix("mbs-home-").unwrap());
        let jar = home.0.path().join("cookies");
        let script = format!("#!/bin/sh\nexec curl -sL -c {0} -b {0} \"$1\"\n", jar.display());
        fs::write(home.browser(), script).unwrap();
        fs::set_permissions(home.browser(), fs::Permissions::from_mode(0o755)).unwrap();
        home
    }

    fn browser(&self) -> PathBuf {
        self.0.path().join("browser")
    }

    fn logins(&self) -> PathBuf {
        self.0.path().join("config/mbs-build/logins.json")
    }

    /// The only log-in that is kept.
    fn login(&self) -> Value {
        let logins: Value = serde_json::from_slice(&fs::read(self.logins()).unwrap()).unwrap();
        let logins = logins.as_object().unwrap();
        assert_eq!(logins.len(), 1);
        logins.values().next().unwrap().clone()
    }

    fn command(&self, fixture: &Fixture, arguments: &[&str]) -> Command {
        let mut command = fixture.service.client_command(arguments);
        command.env("XDG_CONFIG_HOME", self.0.path().join("config")).env("BROWSER", self.browser());
        command.env_remove("MBS_TOKEN");
        command
    }

    fn run(&self, fixture: &Fixture, arguments: &[&str]) -> Output {
        self.command(fixture, arguments).output().unwrap()
    }
}

fn good(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

async fn fixture(resource: bool) -> Fixture {
    let fixture = Fixture::start_with(|options| {
        let options = options.option("OIDC_CLI_CLIENT_ID", "mbs-build").option("OIDC_CACHE_SECONDS", 0);
        if resource { options.option("OIDC_CLI_RESOURCE", AUDIENCE) } else { options }
    })
    .await;
    fixture.provider.user("alice", &["packager"]).await;
    fixture
}

#[tokio::test]
async fn by_browser() {
    for resource in [false, true] {
        let (fixture, home) = (fixture(resource).await, Home::new());
        let before = home.run(&fixture, &["whoami"]);
        assert_eq!(before.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&before.stderr).contains("`mbs-build login` may help"), "{before:?}");

        let told = good(&home.run(&fixture, &["login", "--browser"]));
        assert_eq!(told, "alice, known by oidc\ngroups: packager\n");
        let token = home.login()["tokens"]["access_token"].as_str().unwrap().to_owned();
        assert_eq!(token.split('.').count(), if resource { 3 } else { 1 }, "signed tokens are for a resource");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&home.logins()), mode(home.logins().parent().unwrap())), (0o600, 0o700));
        // Known and allowed: only then it is looked at whether there is such a repository.
        let refused = home.run(&fixture, &["submit", "file:///nonexistent/x?#1", "x"]);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(
            !refused.status.success() && !said.contains("(status 401)") && said.contains("/nonexistent/x"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn without_a_browser() {
    let (fixture, home) = (fixture(true).await, Home::new());
    let mut command = home.command(&fixture, &["--json", "login", "--device"]);
    let mut program = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(program.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let code = line.trim().rsplit(' ').next().unwrap();
    fixture.provider.let_device_in(code, "alice").await;
    let told: Value = serde_json::from_str(&good(&program.wait_with_output().unwrap())).unwrap();
    assert_eq!(told["name"], json!("alice"));
}

#[tokio::test]
async fn a_login_is_renewed_and_given_back() {
    let (fixture, home) = (fixture(false).await, Home::new());
    good(&home.run(&fixture, &["login", "--browser"]));
    let tokens = |home: &Home| {
        let tokens = home.login()["tokens"].clone();
        ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned())
    };
    let first = tokens(&home);
    fixture.provider.revoke(&first[0]).await;
    fixture.refuses(&first[0]).await;
    good(&home.run(&fixture, &["whoami"]));
    let second = tokens(&home);
    assert_ne!(first[0], second[0]);
    fixture.lets_in(&second[0], "alice").await;

    assert_eq!(good(&home.run(&fixture, &["logout"])), "Logged out.\n");
    fixture.refuses(&second[0]).await;
    assert_eq!(home.run(&fixture, &["whoami"]).status.code(), Some(3));
    assert_eq!(good(&home.run(&fixture, &["logout"])), "You were not logged in at this service.\n");
}

#[tokio::test]
async fn api_tokens_for_scripts() {
    let (fixture, home) = (fixture(false).await, Home::new());
    good(&home.run(&fixture, &["login", "--browser"]));
    let made = home.run(&fixture, &["token", "make", "ci", "--scope", "submit,read", "--days", "7"]);
    let token = good(&made).trim().to_owned();
    let script = Home::new();
    let mut command = script.command(&fixture, &["whoami"]);
    let told = good(&command.env("MBS_TOKEN", &token).output().unwrap());
    assert_eq!(told, "alice, known by token\ngroups: packager\nscopes: read, submit\n");
    let list = good(&home.run(&fixture, &["token", "list"]));
    assert!(list.starts_with("1  ci  read,submit  until ") && !list.contains(&token), "{list}");
    assert!(good(&home.run(&fixture, &["token", "revoke", "1"])).contains("revoked"));
    let refused = script.command(&fixture, &["whoami"]).env("MBS_TOKEN", &token).output().unwrap();
    assert_eq!(refused.status.code(), Some(3));
}
