//! A builder with folders of its own, and git repositories for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use builders::rpmbuild::{RpmBuild, Settings};
use builders::{
    BuildStart, Builder, BuilderError, BuiltComponent, ComponentRequest, Dependency, Failure, ModuleRef, Outcome,
    Source, Stop,
};
use modulemd::stream::RpmComponent;
use modulemd::{ModuleStream, Nsvc};
use tempfile::TempDir;
use tokio::sync::watch;

/// What most tests build: nothing but a file.
pub const TRIVIAL: &str = "%build\n%install\nmkdir -p %{buildroot}/usr/share\necho hello > %{buildroot}/usr/share/%{name}.txt\n\
                           %files\n/usr/share/%{name}.txt\n";

pub struct Place {
    pub folder: TempDir,
    pub builder: Arc<RpmBuild>,
    _keep: watch::Sender<bool>,
    pub stop: Stop,
}

impl Place {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::new(folder.path().join("results"));
        settings.parallelism = 2;
        change(&mut settings);
        let (keep, stop) = watch::channel(false);
        Self { folder, builder: Arc::new(RpmBuild::new(settings).unwrap()), _keep: keep, stop }
    }

    /// A git repository with these files in one commit.
    pub fn git(&self, name: &str, files: &[(&str, &str)]) -> Source {
        git(&self.folder.path().join("git").join(name), files)
    }

    /// A git repository with a spec file: name, version and summary are there, the rest is given.
    pub fn spec(&self, name: &str, body: &str) -> Source {
        self.git(name, &[(&format!("{name}.spec"), &spec(name, body))])
    }

    /// Builds one component against a repository, attempt 0.
    pub async fn build(&self, module: &Arc<ModuleRef>, name: &str, source: Source, repository: i32) -> Outcome {
        self.try_build(&request(module, name, source, repository)).await.unwrap()
    }

    pub async fn try_build(&self, request: &ComponentRequest) -> Result<Outcome, BuilderError> {
        match self.builder.build(request, self.stop.clone()).await? {
            BuildStart::Finished(outcome) => Ok(outcome),
            BuildStart::Task(task) => panic!("task {task} of a builder that builds in place"),
        }
    }

    /// Builds one component of a module of its own and expects it to fail.
    pub async fn failure(&self, name: &str, source: Source) -> Failure {
        let module = module("failing", &[name]);
        self.builder.prepare_buildroot(&module).await.unwrap();
        match self.build(&module, name, source, 0).await {
            Outcome::Failed(failure) => failure,
            other => panic!("{name} did not fail: {other:?}"),
        }
    }

    pub fn log(&self, module: &ModuleRef, name: &str) -> String {
        let path = self.builder.log_path(&module.tag, name).unwrap();
        String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
    }

    /// Puts components into repository `number`.
    pub async fn regenerate(&self, module: &ModuleRef, number: i32, components: &[&BuiltComponent]) {
        let components: Vec<BuiltComponent> = components.iter().map(|one| (*one).clone()).collect();
        self.builder.regenerate_repository(module, number, &components).await.unwrap();
    }

    /// Builds a component that has to succeed.
    pub async fn built(&self, module: &Arc<ModuleRef>, name: &str, source: Source, repository: i32) -> BuiltComponent {
        match self.build(module, name, source, repository).await {
            Outcome::Complete { nvr, .. } => BuiltComponent {
                component_id: 1,
                package: name.to_owned(),
                nvr,
                attempt: 0,
                build_time_only: false,
                reused_from: None,
            },
            other => panic!("{name}: {other:?}\n{}", self.log(module, name)),
        }
    }

    /// What is in a folder of the module.
    pub fn listing(&self, module: &ModuleRef, folder: &str) -> Vec<String> {
        list(&self.folder.path().join("results").join(&module.tag).join(folder))
    }
}

pub fn list(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub fn request(module: &Arc<ModuleRef>, name: &str, source: Source, repository: i32) -> ComponentRequest {
    ComponentRequest {
        module: Arc::clone(module),
        component_id: 1,
        package: name.to_owned(),
        attempt: 0,
        source,
        repository,
        arches: Vec::new(),
    }
}

/// A module `name` of stream `1.10` with these components.
pub fn module(name: &str, components: &[&str]) -> Arc<ModuleRef> {
    module_with(name, components, |_| {}, Vec::new())
}

pub fn module_with(
    name: &str,
    components: &[&str],
    change: impl FnOnce(&mut ModuleStream),
    dependencies: Vec<Dependency>,
) -> Arc<ModuleRef> {
    let mut document =
        ModuleStream { summary: "A test".into(), description: "A test.".into(), ..ModuleStream::default() };
    document.module_licenses.insert("MIT".into());
    for component in components {
        let component =
            RpmComponent { name: (*component).to_owned(), rationale: "test".into(), ..RpmComponent::default() };
        document.rpm_components.insert(component.name.clone(), component);
    }
    change(&mut document);
    let nsvc = Nsvc::new(name, "1.10", "20180205135154", "9c690d0e");
    Arc::new(ModuleRef {
        id: 42,
        tag: format!("module-{name}-1.10-20180205135154-9c690d0e"),
        nsvc,
        disttag: ".module_f28+42+9c690d0e".into(),
        scratch: false,
        arches: Vec::new(),
        modulemd: Arc::new(document),
        dependencies,
    })
}

pub fn spec(name: &str, body: &str) -> String {
    format!(
        "Name: {name}\nVersion: 1.0\nRelease: 1%{{?dist}}\nSummary: A test\nLicense: MIT\nBuildArch: noarch\n%description\nA test.\n{body}"
    )
}

pub fn git(folder: &Path, files: &[(&str, &str)]) -> Source {
    fs::create_dir_all(folder).unwrap();
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["-C", folder.to_str().unwrap(), "-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--allow-empty", "-m", "test"]);
    Source::Scm { url: format!("file://{}", folder.display()), commit: git(&["rev-parse", "HEAD"]) }
}

/// Waits for a condition, at most 20 seconds.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), waiting)
        .await
        .unwrap_or_else(|_| panic!("never happened: {what}"));
}

/// Processes of the whole host that have a text in their command line.
pub fn processes_with(text: &str) -> Vec<PathBuf> {
    let own = PathBuf::from(format!("/proc/{}", std::process::id()));
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| *path != own)
        .filter(|path| fs::read(path.join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(text)))
        .collect()
}
