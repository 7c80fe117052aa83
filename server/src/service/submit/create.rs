//! The rows of a new build.

use entities::db::Transaction;
use entities::{CleanUp, ModuleState, derive, log_message, module_build, transition};
use sea_orm::{DbErr, Set};

use super::prepare::Prepared;
use super::steps::New;
use crate::App;
use crate::service::import;

/// Makes the row, its trace and the message about it, and links it to its base modules.
pub async fn create(app: &App, tx: &Transaction, prepared: &Prepared, new: New) -> Result<module_build::Model, DbErr> {
    let now = app.clock.now();
    let New { document, contexts } = new;
    let strategy = prepared.params.rebuild_strategy.as_ref().unwrap_or(&app.config.rest.rebuild_strategy);
    let row = module_build::ActiveModel {
        name: Set(document.name().to_owned()),
        stream: Set(document.stream().to_owned()),
        version: Set(document.version.to_string()),
        context: Set(document.context.clone().unwrap_or_default()),
        build_context: Set(Some(contexts.build_context)),
        build_context_no_bms: Set(Some(contexts.build_context_no_bms)),
        runtime_context: Set(Some(contexts.runtime_context)),
        state: Set(ModuleState::Init),
        modulemd: Set(document.to_yaml()),
        buildrequires_json: Set(Some(derive::buildrequires(&document).to_string())),
        scmurl: Set(prepared.params.scmurl.clone()),
        scratch: Set(Some(prepared.params.scratch)),
        srpms: Set(Some(serde_json::json!(prepared.params.srpms).to_string())),
        owner: Set(prepared.owner.clone()),
        time_submitted: Set(now),
        time_modified: Set(Some(now)),
        rebuild_strategy: Set(strategy.clone()),
        reused_module_id: Set(prepared.reused),
        batch: Set(Some(0)),
        retries: Set(0),
        resumed: Set(0),
        clean_up: Set(CleanUp::Nothing),
        ..Default::default()
    };
    let build = transition::create(tx, now, row).await?;
    import::link_base_modules(tx, build.id, &document, &app.config).await?;
    for notice in &prepared.notices {
        log_message::write(tx, now, build.id, notice).await?;
    }
    Ok(build)
}
