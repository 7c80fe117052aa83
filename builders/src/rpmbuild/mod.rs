//! The embedded default: builds with the `rpmbuild` of this host, without root, hub or container.
//!
//! Every build runs in a sandbox ([`sandbox`]) in which the packages built so far are installed ([`repository`]). What is kept
//! where is in [`layout`]; results appear whole or not at all, so asking what became of a build is looking for its folder.
//!
//! | module | subject |
//! | --- | --- |
//! | [`settings`], [`preflight`], [`host`] | what can be set, what the host needs, what it is |
//! | [`component`] | one component from request to outcome |
//! | [`source`], [`macros`] | its sources; `module-build-macros`, which has none |
//! | [`run_rpmbuild`], [`rpm_command`], [`requires`], [`log`] | running rpmbuild and understanding what it says |
//! | [`collect`] | results |
//! | [`repository`] | what builds see as installed |
//! | [`publish`] | the dnf repository at the end |

mod collect;
mod component;
mod copying;
mod discard;
mod error;
mod host;
mod layout;
mod lock;
mod log;
mod macros;
mod preflight;
mod publish;
mod repository;
mod requires;
mod rlimits;
mod rpm_command;
mod run_rpmbuild;
mod sandbox;
mod settings;
mod source;
mod tag;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use modulemd::{ModuleStream, Nsvc};
use tokio::sync::OnceCell;

pub use settings::{Limits, Settings};

use self::host::Host;
use self::layout::Layout;
use self::repository::Installed;
use self::sandbox::{Ended, Sandbox, Sink};
use crate::{
    BuildStart, Builder, BuilderError, BuiltComponent, BuiltRpm, Capabilities, ComponentRequest, ModuleRef, Stop,
    TaskState,
};

/// Where the log of a component is, for those who only read logs: `tag` and `package` are plain names from the database.
pub fn log_path(results_dir: &Path, tag: &str, package: &str) -> PathBuf {
    results_dir.join(tag).join("logs").join(format!("{package}.log"))
}

/// Where the document of a published module is, with the packages that it has; the same holds for `tag`.
pub fn published_document_path(results_dir: &Path, tag: &str) -> PathBuf {
    results_dir.join(tag).join("repo").join("modules.yaml")
}

/// Builds components on this host.
#[derive(Debug)]
pub struct RpmBuild {
    settings: Settings,
    layout: Layout,
    host: OnceCell<Host>,
}

impl RpmBuild {
    /// A builder with these settings; makes the results and the working folder.
    pub fn new(mut settings: Settings) -> Result<Self, BuilderError> {
        let layout = Layout::create(&settings)?;
        layout.results().clone_into(&mut settings.results_dir);
        layout.work().clone_into(&mut settings.work_dir);
        Ok(Self { settings, layout, host: OnceCell::new() })
    }

    /// Checks that components can be built on this host, by building nothing in a sandbox. The error says in one sentence what
    /// is missing and what to do.
    pub async fn preflight(&self) -> Result<(), BuilderError> {
        discard::empty_trash(&self.layout);
        lock::sweep_all(&self.layout.all_locks());
        preflight::check(self).await
    }

    /// The log of a component, from the moment its build starts. A new attempt starts a new file; logs of attempts that ended
    /// are kept, see [`RpmBuild::attempt_log_path`]. The names are those of the database; what is no name gives `None`.
    pub fn log_path(&self, tag: &str, package: &str) -> Option<PathBuf> {
        layout::check_name("component name", package).ok()?;
        Some(self.layout.logs(tag).ok()?.join(format!("{package}.log")))
    }

    /// The log of an attempt that ended.
    pub fn attempt_log_path(&self, tag: &str, package: &str, attempt: i32) -> Option<PathBuf> {
        Some(self.layout.attempt(tag, package, attempt).ok()?.join("build.log"))
    }

    /// The dnf repository of a finished module.
    pub fn repository_path(&self, tag: &str) -> Option<PathBuf> {
        self.layout.published(tag).ok()
    }

    /// The architecture that this host builds for, as RPM names it.
    pub async fn arch(&self) -> Result<String, BuilderError> {
        Ok(self.host().await?.arch.clone())
    }

    async fn host(&self) -> Result<&Host, BuilderError> {
        self.host.get_or_try_init(async || Host::probe(&[self.layout.results(), self.layout.work()]).await).await
    }

    /// Runs a command of ours over files of builds; answers what it printed.
    async fn tool(&self, what: &str, sandbox: &Sandbox) -> Result<Vec<u8>, BuilderError> {
        let (code, output) = self.run_tool(what, sandbox).await?;
        if code == 0 {
            return Ok(output);
        }
        let output = String::from_utf8_lossy(&output);
        if output.contains("No space left on device") {
            return Err(error::disk_full(what));
        }
        if code >= 128 {
            return Err(BuilderError::Unavailable(format!("{what} was killed")));
        }
        let reason = output.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no reason given");
        Err(BuilderError::Impossible(format!("{what} failed: {}", reason.trim())))
    }

    /// The same where failing means that the files are not what they should be.
    async fn try_tool(&self, what: &str, sandbox: &Sandbox) -> Result<Option<Vec<u8>>, BuilderError> {
        let (code, output) = self.run_tool(what, sandbox).await?;
        if String::from_utf8_lossy(&output).contains("No space left on device") {
            return Err(error::disk_full(what));
        }
        Ok((code == 0).then_some(output))
    }

    async fn run_tool(&self, what: &str, sandbox: &Sandbox) -> Result<(i32, Vec<u8>), BuilderError> {
        let (_keep, never) = tokio::sync::watch::channel(false);
        match sandbox::run(sandbox, self.host().await?, &self.settings, Sink::Memory, never).await? {
            Ended::Exited(code, output) => Ok((code, output)),
            Ended::Exceeded(limit) => Err(BuilderError::Impossible(format!("{what} was stopped: {limit}"))),
            Ended::Stopped => Err(BuilderError::Unavailable(format!("{what} was stopped"))),
            Ended::NotSetUp(output) => {
                let output = String::from_utf8_lossy(&output);
                let reason = output.lines().last().unwrap_or("it was killed from outside").to_owned();
                Err(BuilderError::Unavailable(format!("{what} could not be started in a sandbox: {reason}")))
            }
        }
    }

    /// Lets the user that builds run as write below `path`.
    fn give_to_builds(&self, path: &Path) -> Result<(), BuilderError> {
        if rustix::process::geteuid().is_root() {
            copying::give_all(path, self.settings.build_user).map_err(error::io("hand a folder to the build", path))?;
        }
        Ok(())
    }

    async fn check_arch(&self, module: &ModuleRef) -> Result<(), BuilderError> {
        let here = &self.host().await?.arch;
        let of_document: Vec<&String> = module.modulemd.buildopts.arches.iter().collect();
        let of_build: Vec<&String> = module.arches.iter().collect();
        for arches in [of_document, of_build] {
            if !arches.is_empty() && !arches.contains(&here) {
                let list = arches.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                return Err(BuilderError::Impossible(format!(
                    "{} is built for {list} only, but this builder builds for {here}",
                    module.nsvc
                )));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Builder for RpmBuild {
    fn name(&self) -> &'static str {
        "rpmbuild"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { builds_in_place: true, needs_tagging: false }
    }

    async fn built_rpms(&self, tag: &str) -> Result<Vec<BuiltRpm>, BuilderError> {
        let mut rpms = collect::all_rpms(&self.layout.components(tag)?)?;
        for component in publish::taken_over(&self.layout, tag)? {
            rpms.extend(collect::component_rpms(&self.layout, &component)?.unwrap_or_default());
        }
        rpms.sort();
        rpms.dedup();
        Ok(rpms)
    }

    async fn kept(&self, components: &[BuiltComponent]) -> Result<Vec<bool>, BuilderError> {
        let kept = |component: &BuiltComponent| {
            let Some(tag) = &component.reused_from else { return Ok(false) };
            let component = Installed::new(component, tag);
            // A name that is none here was never built here.
            if self.layout.attempt(&component.tag, &component.package, component.attempt).is_err() {
                return Ok(false);
            }
            Ok(collect::component_rpms(&self.layout, &component)?.is_some())
        };
        components.iter().map(kept).collect()
    }

    fn tag(&self, module: &Nsvc, scratch: bool, module_id: i32) -> String {
        tag::tag(module, scratch, module_id)
    }

    async fn prepare_buildroot(&self, module: &ModuleRef) -> Result<(), BuilderError> {
        self.check_arch(module).await?;
        repository::prepare(self, module).await
    }

    async fn build(&self, request: &ComponentRequest, stop: Stop) -> Result<BuildStart, BuilderError> {
        component::build(self, request, stop).await
    }

    async fn find_task(&self, request: &ComponentRequest) -> Result<Option<TaskState>, BuilderError> {
        component::find(self, request)
    }

    async fn task_states(&self, _tasks: &[i64]) -> Result<Vec<TaskState>, BuilderError> {
        Err(BuilderError::Impossible("the rpmbuild builder builds in place and has no tasks to ask about".into()))
    }

    async fn add_to_buildroot(&self, _module: &ModuleRef, _components: &[BuiltComponent]) -> Result<(), BuilderError> {
        Ok(())
    }

    async fn regenerate_repository(
        &self,
        module: &ModuleRef,
        repository: i32,
        components: &[BuiltComponent],
    ) -> Result<(), BuilderError> {
        repository::make(self, module, repository, components).await
    }

    async fn cancel(&self, _task: i64) -> Result<(), BuilderError> {
        Ok(())
    }

    async fn finalize(&self, module: &ModuleRef, components: &[BuiltComponent]) -> Result<ModuleStream, BuilderError> {
        publish::publish(self, module, components).await
    }

    async fn tagged_rpms(&self, tags: &[String], _arches: &[String]) -> Result<Vec<BuiltRpm>, BuilderError> {
        let published = tags.iter().map(|tag| repository::published_rpms(&self.layout, tag));
        Ok(published.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().flatten().collect())
    }

    async fn source_package(&self, location: &str) -> Result<String, BuilderError> {
        source::source_package(self, location).await
    }

    async fn clean_up(&self, module: &ModuleRef) -> Result<(), BuilderError> {
        for folder in [self.layout.repositories(&module.tag)?, self.layout.builds(&module.tag)?] {
            if folder.exists() {
                discard::discard(&self.layout, &folder);
            }
        }
        // Left by workers that were killed.
        for folder in self.layout.unfinished(&module.tag)? {
            discard::discard(&self.layout, &folder);
        }
        lock::sweep(&self.layout.locks(&module.tag)?);
        Ok(())
    }

    async fn withdraw(&self, module: &ModuleRef) -> Result<(), BuilderError> {
        discard::remove(&self.layout, &self.layout.published(&module.tag)?)
    }

    async fn discard(&self, module: &ModuleRef, _components: &[BuiltComponent]) -> Result<(), BuilderError> {
        self.clean_up(module).await?;
        // Its repository first: whoever reads it meanwhile must not find half of it.
        discard::remove(&self.layout, &self.layout.published(&module.tag)?)?;
        discard::remove(&self.layout, &self.layout.module(&module.tag)?)
    }
}
