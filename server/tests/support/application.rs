//! The service over a database that holds the rows of the recorded contract.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use entities::{derive, module_build};
use migration::{Migrator, MigratorTrait};
use modulemd::{Limits, read};
use poem::Server;
use poem::listener::{Acceptor, Listener, TcpListener};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseConnection, EntityTrait, IntoActiveModel, Set};
use server::config::{Config, Environment, Purpose};
use server::{App, assemble, rest};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::OnceCell;

use super::http::{self, Answer};

/// A running service; it ends with the test.
pub struct Application {
    /// What it runs on.
    pub app: App,
    /// `host:port`.
    pub address: String,
    git: String,
    _folder: TempDir,
}

impl Application {
    /// Starts with a section of `sections.json`, after `pre_sql`.
    pub async fn start(section: &str, pre_sql: Option<&str>) -> Self {
        Self::start_with(section, pre_sql, |_, _| {}).await
    }

    /// The same with changed options or a watched connection.
    pub async fn start_with(
        section: &str,
        pre_sql: Option<&str>,
        change: impl FnOnce(&mut Config, &mut DatabaseConnection),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let git = format!("file://{}", repositories().await.display());
        let mut config = config(section, &git, folder.path());
        let mut db = database(folder.path(), pre_sql).await;
        change(&mut config, &mut db);
        let app = assemble::app(Arc::new(config), db).await.unwrap();
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().unwrap().to_string();
        tokio::spawn(Server::new_with_acceptor(acceptor).run(rest::routes(app.clone())));
        Self { app, address, git, _folder: folder }
    }

    /// Sends a request in which `{GIT}` stands for the address of the repositories, as it does in the answer.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let place = |text: &str| text.replace("{GIT}", &self.git);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, place(value))).collect();
        let body = std::str::from_utf8(body).map_or_else(|_| body.to_vec(), |text| place(text).into_bytes());
        let received = http::exchange(&self.address, method, &place(path), &headers, &body).await;
        let received = String::from_utf8(received).unwrap().replace(&self.git, "{GIT}");
        Answer::parse(received.as_bytes())
    }

    /// `GET` of a path below `/module-build-service/`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", &format!("/module-build-service/{path}"), &[("Host", "mbs.example.com")], b"").await
    }
}

fn config(section: &str, git: &str, folder: &Path) -> Config {
    let sections = std::fs::read_to_string(super::contract().join("sections.json")).unwrap().replace("{GIT}", git);
    let file = folder.join("config.yaml");
    std::fs::write(&file, sections).unwrap();
    let environment = Environment::from([
        ("MBS_CONFIG_FILE", file.display().to_string()),
        ("MBS_CONFIG_SECTION", section.to_owned()),
        ("MBS_STATE_DIR", folder.display().to_string()),
        ("MBS_QUEUE", "sqlite".to_owned()),
    ]);
    Config::load(&environment, Purpose::Service).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A database with the rows of the contract.
async fn database(folder: &Path, pre_sql: Option<&str>) -> DatabaseConnection {
    let db = sqlite(folder).await;
    if let Some(statement) = pre_sql {
        db.execute_unprepared(statement).await.unwrap();
    }
    Migrator::up(&db, None).await.unwrap();
    fill_in_buildrequires(&db).await;
    db
}

async fn sqlite(folder: &Path) -> DatabaseConnection {
    let db = entities::db::connect(&format!("sqlite:///{}/mbs.db", folder.display()), 4).await.unwrap();
    let seed = std::fs::read_to_string(super::contract().join("seed/seed_sqlite.sql")).unwrap();
    // A dump has tables in the order of their names; they refer to one another.
    let seed = format!("PRAGMA foreign_keys = OFF;{seed}PRAGMA foreign_keys = ON;");
    db.execute_unprepared(&seed).await.unwrap();
    db
}

/// Rows of the Python service lack this column until they are written again.
async fn fill_in_buildrequires(db: &DatabaseConnection) {
    for build in module_build::Entity::find().all(db).await.unwrap() {
        let Ok(document) = read::read_stream(&build.modulemd, &Limits::default()) else { continue };
        let mut row = build.into_active_model();
        row.buildrequires_json = Set(Some(derive::buildrequires(&document).to_string()));
        row.update(db).await.unwrap();
    }
}

/// The repositories that submissions name, made once.
async fn repositories() -> &'static PathBuf {
    static MADE: OnceCell<PathBuf> = OnceCell::const_new();
    MADE.get_or_init(|| async {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("git-{}", env!("CARGO_CRATE_NAME")));
        let _missing = std::fs::remove_dir_all(&folder);
        let script = super::contract().join("git/make_repositories.sh");
        let made = Command::new("bash").arg(script).arg(&folder).output().await.unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        folder
    })
    .await
}
