//! What one build is like at one moment.

use crate::failure::Failure;
use crate::model::{self, Build, Component};
use crate::progress::Progress;
use crate::service::Service;

/// A build and its components, as one poll saw them.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The build.
    pub build: Build,
    /// Its components by batch and name.
    pub components: Vec<Component>,
    /// How far it is, while it goes on.
    pub progress: Progress,
}

impl Snapshot {
    /// Asks the service: three requests while the build goes on, and one more for each hundred components.
    pub async fn take(service: &Service, id: i64) -> Result<Self, Failure> {
        // The build first: when it has ended, the components that are read after it are final too.
        let build: Build = model::read(&service.build(id, false).await?)?;
        let components = service.components(id).await?;
        let mut components: Vec<Component> = components.iter().map(model::read).collect::<Result<_, _>>()?;
        components.sort_by(|a, b| (a.batch, &a.package, a.id).cmp(&(b.batch, &b.package, b.id)));
        components.dedup_by_key(|component| component.id);
        let progress = if build.verdict().is_none() { service.progress(id).await? } else { None };
        let progress = progress.as_ref().map(model::read).transpose()?.unwrap_or_default();
        Ok(Self { build, components, progress })
    }
}
