//! The service over a database that holds the rows of the recorded contract.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use entities::{derive, module_build};
use migration::{Migrator, MigratorTrait};
use modulemd::{Limits, read};
use poem::Server;
use poem::listener::{Acceptor, Listener, TcpListener};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseConnection, EntityTrait, IntoActiveModel, Set};
use server::config::{Config, Environment, Purpose};
use server::{App, assemble, rest};
use tempfile::TempDir;
use tests::postgres::Postgres;
use tokio::process::Command;
use tokio::sync::{Mutex, OnceCell};

use super::http::{self, Answer};

/// To its database.
pub const CONNECTIONS: u32 = 4;

/// A running service; it ends with the test.
pub struct Application {
    /// What it runs on.
    pub app: App,
    /// `host:port`.
    pub address: String,
    git: String,
    folder: Arc<TempDir>,
    postgresql: Option<Arc<Postgres>>,
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
        let db = prepared(sqlite(folder.path()).await, pre_sql).await;
        Self::over(section, folder, db, change).await
    }

    async fn over(
        section: &str,
        folder: TempDir,
        mut db: DatabaseConnection,
        change: impl FnOnce(&mut Config, &mut DatabaseConnection),
    ) -> Self {
        let git = format!("file://{}", repositories().await.display());
        let mut config = config(section, &git, folder.path());
        change(&mut config, &mut db);
        let app = assemble::app(Arc::new(config), db).await.unwrap();
        Self { address: serve(&app).await, app, git, folder: Arc::new(folder), postgresql: None }
    }

    /// Starts on SQLite, and on a PostgreSQL of the tests' own.
    pub async fn on_both(section: &str) -> [Self; 2] {
        let sqlite = Self::start(section, None).await;
        let server = shared_postgresql().await;
        let folder = tempfile::tempdir().unwrap();
        let db = prepared(postgresql(&server).await, None).await;
        let mut on_postgresql = Self::over(section, folder, db, |_, _| {}).await;
        on_postgresql.postgresql = Some(server);
        [sqlite, on_postgresql]
    }

    /// Another server over the same database, with changed options.
    pub async fn twin(&self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = (*self.app.config).clone();
        change(&mut config);
        let app = App { config: Arc::new(config), ..self.app.clone() };
        Self {
            address: serve(&app).await,
            app,
            git: self.git.clone(),
            folder: Arc::clone(&self.folder),
            postgresql: self.postgresql.clone(),
        }
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

/// Serves at a free port; returns `host:port`.
async fn serve(app: &App) -> String {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let address = acceptor.local_addr()[0].as_socket_addr().unwrap().to_string();
    tokio::spawn(Server::new_with_acceptor(acceptor).run(rest::routes(app.clone())));
    address
}

/// One server for the tests that run at the same time; it ends with the last of them.
async fn shared_postgresql() -> Arc<Postgres> {
    static RUNNING: Mutex<Weak<Postgres>> = Mutex::const_new(Weak::new());
    let mut running = RUNNING.lock().await;
    if let Some(postgresql) = running.upgrade() {
        return postgresql;
    }
    let postgresql = Arc::new(Postgres::start().await);
    *running = Arc::downgrade(&postgresql);
    postgresql
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

/// Runs `pre_sql` on the rows of the contract, and brings them to the present schema.
async fn prepared(db: DatabaseConnection, pre_sql: Option<&str>) -> DatabaseConnection {
    if let Some(statement) = pre_sql {
        db.execute_unprepared(statement).await.unwrap();
    }
    Migrator::up(&db, None).await.unwrap();
    fill_in_buildrequires(&db).await;
    db
}

async fn sqlite(folder: &Path) -> DatabaseConnection {
    let db = entities::db::connect(&format!("sqlite:///{}/mbs.db", folder.display()), CONNECTIONS).await.unwrap();
    let seed = std::fs::read_to_string(super::contract().join("seed/seed_sqlite.sql")).unwrap();
    // A dump has tables in the order of their names; they refer to one another.
    let seed = format!("PRAGMA foreign_keys = OFF;{seed}PRAGMA foreign_keys = ON;");
    db.execute_unprepared(&seed).await.unwrap();
    db
}

/// A new database on a server, with the rows of the contract.
async fn postgresql(server: &Postgres) -> DatabaseConnection {
    let name = format!("mbs_{}", uuid::Uuid::new_v4().simple());
    let address = format!("{}/{name}", server.url().trim_end_matches("/postgres"));
    let seed = super::contract().join("seed/seed_postgresql.sql");
    psql(&server.url(), &["-c", &format!("CREATE DATABASE {name}")]).await;
    psql(&address, &["-f", &seed.display().to_string()]).await;
    entities::db::connect(&address, CONNECTIONS).await.unwrap()
}

async fn psql(address: &str, arguments: &[&str]) {
    let mut command = Command::new("psql");
    command.arg(address).args(["--quiet", "-v", "ON_ERROR_STOP=1"]).args(arguments);
    let done = command.output().await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
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
