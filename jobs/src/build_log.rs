//! The log of a module build as a file, for those who read files: every state of it and of its components, and what the service had
//! to say, in order. Written when the build has ended, and again each time that it ends after a resume.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use entities::{ComponentState, component_build, component_build_trace, log_message, module_build, module_build_trace};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect};

use crate::Context;

/// Where the logs are.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `BUILD_LOGS_DIR`.
    pub folder: PathBuf,
    /// `BUILD_LOGS_NAME_FORMAT`.
    pub name_format: String,
}

impl Settings {
    /// The file of a build. Whatever its names are, it is in the folder.
    fn file(&self, build: &module_build::Model) -> PathBuf {
        let id = build.id.to_string();
        let values = [
            ("{id}", &id),
            ("{name}", &build.name),
            ("{stream}", &build.stream),
            ("{version}", &build.version),
            ("{context}", &build.context),
        ];
        let name = values.iter().fold(self.name_format.clone(), |name, (place, value)| name.replace(place, value));
        self.folder.join(name.replace(['/', '\0'], "_"))
    }
}

/// Writes the log. That it cannot be written holds nothing up.
pub async fn write(context: &Context, build: &module_build::Model) {
    let file = context.settings.build_logs.file(build);
    let written = match text(&context.db, build).await {
        Ok(text) => place(&file, &text).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = written {
        tracing::warn!(module_build = build.id, file = %file.display(), error, "the log of a build cannot be written");
    }
}

/// Removes the log, where it is on this machine.
pub fn remove(context: &Context, build: &module_build::Model) {
    let _ = std::fs::remove_file(context.settings.build_logs.file(build));
}

/// A name in a folder for everybody may be a link that somebody has laid; it is replaced, not followed.
fn place(file: &Path, text: &str) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut new = tempfile::Builder::new().prefix(".build-log-").tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    new.as_file().set_permissions(readable)?;
    new.persist(file)?;
    Ok(())
}

/// What happened, each with its time.
async fn text<C: ConnectionTrait>(db: &C, build: &module_build::Model) -> Result<String, DbErr> {
    let mut lines = states(db, build.id).await?;
    lines.extend(states_of_components(db, build.id).await?);
    lines.extend(messages(db, build.id).await?);
    // What happened at the same time stays in the order of before.
    lines.sort_by_key(|(time, _)| *time);
    let mut text = format!("module build {} {}, submitted by {}\n", build.id, build.nsvc(), build.owner);
    for (time, line) in lines {
        let _ = writeln!(text, "{} {line}", time.format("%Y-%m-%dT%H:%M:%S%.3fZ"));
    }
    Ok(text)
}

type Line = (DateTime, String);

async fn states<C: ConnectionTrait>(db: &C, id: i32) -> Result<Vec<Line>, DbErr> {
    use module_build_trace::{Column, Entity};
    let rows = Entity::find().filter(Column::ModuleId.eq(id)).order_by_asc(Column::Id).all(db).await?;
    let line = |row: module_build_trace::Model| {
        let state = row.state.map_or("unknown", entities::ModuleState::name);
        (row.state_time, with_reason(format!("module: {state}"), row.state_reason.as_deref()))
    };
    Ok(rows.into_iter().map(line).collect())
}

async fn states_of_components<C: ConnectionTrait>(db: &C, id: i32) -> Result<Vec<Line>, DbErr> {
    use component_build_trace::{Column, Entity};
    type Row = (DateTime, Option<ComponentState>, Option<String>, String);
    let rows: Vec<Row> = Entity::find()
        .select_only()
        .columns([Column::StateTime, Column::State, Column::StateReason])
        .column(component_build::Column::Package)
        .inner_join(component_build::Entity)
        .filter(component_build::Column::ModuleId.eq(id))
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let line = |(time, state, reason, package): Row| {
        let state = state.map_or("not started", |state| state.name().unwrap_or("unknown"));
        (time, with_reason(format!("component {package}: {state}"), reason.as_deref()))
    };
    Ok(rows.into_iter().map(line).collect())
}

async fn messages<C: ConnectionTrait>(db: &C, id: i32) -> Result<Vec<Line>, DbErr> {
    use log_message::{Column, Entity};
    let rows = Entity::find().filter(Column::ModuleBuildId.eq(id)).order_by_asc(Column::Id).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.time_created, one_line(&row.message))).collect())
}

fn with_reason(line: String, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("{line}: {}", one_line(reason)),
        None => line,
    }
}

fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_replaces_what_lies_at_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let (other, file) = (folder.path().join("other"), folder.path().join("logs/build-7.log"));
        std::fs::write(&other, "mine").unwrap();
        std::fs::create_dir(folder.path().join("logs")).unwrap();
        std::os::unix::fs::symlink(&other, &file).unwrap();
        place(&file, "the log").unwrap();
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "mine");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "the log");
    }

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(with_reason("module: failed".to_owned(), Some("a\nb")), "module: failed: a | b");
    }
}
