//! What is different between two builds, in four statements whatever their size.

use std::collections::{BTreeMap, BTreeSet};

use builders::rpmbuild::published_document_path;
use entities::{component_build, module_build};
use modulemd::difference::{Built, Difference, Side, difference};
use modulemd::read::{UnknownKeys, read_all, read_stream};
use modulemd::{Document, Limits, ModuleStream, Nsvc};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use serde_json::{Map, Value};

use super::ServiceError;
use crate::App;

/// Largest published document that is read, in bytes.
const LARGEST: u64 = 32 << 20;

/// Two builds and their difference.
pub struct Compared {
    /// The first and the second.
    pub builds: [module_build::Model; 2],
    /// What the second has that the first has not, and so on.
    pub difference: Difference,
}

/// Compares builds that are named by an id or by `name:stream:version:context`.
pub async fn compare(app: &App, first: &str, second: &str) -> Result<Compared, ServiceError> {
    let builds = [find(app, first).await?, find(app, second).await?];
    let components = components(app, &builds).await?;
    let mut documents = [read(&builds[0])?, read(&builds[1])?];
    let published = [published(app, &builds[0]).await, published(app, &builds[1]).await];
    let rpms = [0, 1].map(|side| {
        let document = published[side].as_ref().unwrap_or(&documents[side]);
        (!document.rpm_artifacts.is_empty()).then(|| document.rpm_artifacts.clone())
    });
    // Licences of the packages are known once there are some; comparing them with nothing would say that all are new.
    if let [Some(first), Some(second)] = published {
        for (document, published) in documents.iter_mut().zip([first, second]) {
            document.content_licenses = published.content_licenses;
        }
    }
    let [first, second] = [0, 1].map(|index| Side {
        document: &documents[index],
        built: built(&components, builds[index].id),
        buildrequires: buildrequires(&builds[index]),
        rpms: rpms[index].clone(),
    });
    let difference = difference(&first, &second);
    Ok(Compared { builds, difference })
}

async fn find(app: &App, text: &str) -> Result<module_build::Model, ServiceError> {
    use module_build::{Column, Entity};
    let query = match (text.parse::<i32>(), text.parse::<Nsvc>()) {
        (Ok(id), _) => Entity::find_by_id(id),
        (_, Ok(nsvc)) => Entity::find()
            .filter(Column::Name.eq(nsvc.name))
            .filter(Column::Stream.eq(nsvc.stream))
            .filter(Column::Version.eq(nsvc.version))
            .filter(Column::Context.eq(nsvc.context))
            .order_by_desc(Column::Id)
            .limit(1),
        _ if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => return Err(missing(text)),
        _ => {
            let message =
                format!("\"{}\" is neither the id of a module build nor name:stream:version:context", short(text));
            return Err(ServiceError::Invalid(message));
        }
    };
    query.one(&app.db).await?.ok_or_else(|| missing(text))
}

fn missing(text: &str) -> ServiceError {
    ServiceError::NotFound(format!("There is no module build {}.", short(text)))
}

fn short(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

/// One statement for both.
async fn components(
    app: &App,
    builds: &[module_build::Model; 2],
) -> Result<Vec<(i32, String, Option<String>, Option<String>)>, DbErr> {
    use component_build::{Column, Entity};
    let ids = builds.iter().map(|build| build.id);
    let query =
        Entity::find().select_only().columns([Column::ModuleId, Column::Package, Column::Reference, Column::Nvr]);
    query.filter(Column::ModuleId.is_in(ids)).order_by_asc(Column::Id).into_tuple().all(&app.db).await
}

fn built(components: &[(i32, String, Option<String>, Option<String>)], id: i32) -> BTreeMap<String, Built> {
    let of_build = components.iter().filter(|(module, ..)| *module == id);
    let known = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    of_build
        .map(|(_, package, reference, nvr)| (package.clone(), Built { reference: known(reference), nvr: known(nvr) }))
        .collect()
}

fn read(build: &module_build::Model) -> Result<ModuleStream, ServiceError> {
    if build.modulemd.trim().is_empty() {
        return Err(ServiceError::Unprocessable(format!("Module build {} has no modulemd to compare.", build.id)));
    }
    read_stream(&build.modulemd, &Limits::default()).map_err(|error| {
        ServiceError::Unprocessable(format!("The modulemd of module build {} cannot be read: {error}", build.id))
    })
}

/// The document in its repository, which has its packages.
async fn published(app: &App, build: &module_build::Model) -> Option<ModuleStream> {
    let tag = build.koji_tag.as_deref()?;
    // Rows of other services may hold anything.
    if tag.is_empty() || tag.starts_with('.') || tag.contains(['/', '\0']) {
        return None;
    }
    let path = published_document_path(&app.config.folders.results, tag);
    if tokio::fs::metadata(&path).await.ok()?.len() > LARGEST {
        return None;
    }
    let text = tokio::fs::read_to_string(&path).await.ok()?;
    let limits = Limits { max_bytes: usize::try_from(LARGEST).unwrap_or(usize::MAX), ..Limits::default() };
    let documents = read_all(&text, &limits, UnknownKeys::PassOver).ok()?;
    documents.into_iter().flatten().find_map(|document| match document {
        Document::Stream(stream) => Some(*stream),
        Document::Packager(_) => None,
    })
}

/// What it was built against, by name: `stream:version:context`.
fn buildrequires(build: &module_build::Model) -> BTreeMap<String, String> {
    let text = build.buildrequires_json.as_deref().unwrap_or_default();
    let modules: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    let shown = |module: &Value| {
        let parts = ["stream", "version", "context"].map(|part| match &module[part] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        });
        parts.join(":")
    };
    modules.iter().map(|(name, module)| (name.clone(), shown(module))).collect()
}

/// Names of what was compared as lists.
pub fn list_names() -> BTreeSet<&'static str> {
    BTreeSet::from(["filters", "api", "module_licenses", "content_licenses", "arches"])
}
