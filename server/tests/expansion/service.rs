//! A service over a database of its own, asked without a network.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::DateTime;
use entities::clock::Clock;
use entities::db::begin_write;
use entities::{ModuleState, module_build, transition};
use migration::{Migrator, MigratorTrait};
use poem::http::{Method, header};
use poem::{Endpoint, Request};
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use serde_json::{Map, Value, json};
use server::config::{Config, Environment, Purpose};
use server::service::import;
use server::{App, assemble, rest};
use tempfile::TempDir;

/// The clock when the cases were recorded.
const NOW: i64 = 1_554_120_000;

/// What is in force in all cases.
const USUAL: [&str; 4] = ["NO_AUTH", "YAML_SUBMIT_ALLOWED", "MODULES_ALLOW_SCRATCH", "REBUILD_STRATEGY_ALLOW_OVERRIDE"];

/// An empty database with the present schema.
pub struct Template(TempDir);

impl Template {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = entities::db::connect(&format!("sqlite:///{}/mbs.db", folder.path().display()), 1).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        // Closing moves everything from the log into the file.
        db.close().await.unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("mbs.db")
    }
}

/// Status and body of an answer.
pub type Answer = (u16, Value);

pub struct Service {
    app: App,
    _folder: TempDir,
}

impl Service {
    /// The service as it was when the case was recorded, without modules.
    pub async fn start(template: &Template, options: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(template.file(), folder.path().join("mbs.db")).unwrap();
        let mut all: Map<String, Value> = USUAL.iter().map(|name| ((*name).to_owned(), json!(true))).collect();
        all.extend(options.as_object().unwrap().clone());
        let file = folder.path().join("config.yaml");
        std::fs::write(&file, Value::Object(all).to_string()).unwrap();
        let environment = Environment::from([
            ("MBS_CONFIG_FILE", file.display().to_string()),
            ("MBS_STATE_DIR", folder.path().display().to_string()),
            ("MBS_QUEUE", "sqlite".to_owned()),
        ]);
        let config = Config::load(&environment, Purpose::Service).unwrap_or_else(|errors| panic!("{errors}"));
        let address = format!("sqlite:///{}/mbs.db", folder.path().display());
        let db = entities::db::connect(&address, 2).await.unwrap();
        let app = assemble::app(Arc::new(config), db).await.unwrap();
        let clock = Clock::stopped(DateTime::from_timestamp(NOW, 0).unwrap());
        Self { app: App { clock, ..app }, _folder: folder }
    }

    /// Imports a known module, and puts it into its state.
    pub async fn import(&self, yaml: &str, state: &str) {
        let imported = import::import(&self.app.db, &self.app.clock, &self.app.config, "importer", yaml).await.unwrap();
        let state = ModuleState::ALL.into_iter().find(|one| one.name() == state).unwrap();
        let row = module_build::ActiveModel { id: Set(imported.build.id), state: Set(state), ..Default::default() };
        row.update(&self.app.db).await.unwrap();
    }

    /// What REST answers.
    pub async fn submit(&self, request: &Value) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri_str("http://mbs.example.com/module-build-service/2/module-builds/")
            .header(header::HOST, "mbs.example.com")
            .header(header::CONTENT_TYPE, "application/json")
            .body(request.to_string());
        let response = rest::routes(self.app.clone()).get_response(request).await;
        let status = response.status().as_u16();
        let body = response.into_body().into_string().await.unwrap();
        (status, serde_json::from_str(&body).unwrap())
    }

    /// A submission before the recorded one, whose builds went on to other states.
    pub async fn submit_and_move(&self, request: &Value, moves: &[Value]) {
        let (answered, builds) = self.submit(request).await;
        for build in builds.as_array().filter(|_| answered == 201).into_iter().flatten() {
            let id = i32::try_from(build["id"].as_i64().unwrap()).unwrap();
            for state in moves {
                let state = ModuleState::ALL.into_iter().find(|one| one.name() == state).unwrap();
                let tx = begin_write(&self.app.db).await.unwrap();
                let build = module_build::Entity::find_by_id(id).one(&tx).await.unwrap().unwrap();
                transition::module(&tx, self.app.clock.now(), &build, state, None, |_| {}).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    }
}
