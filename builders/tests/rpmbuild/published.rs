//! The finished repository, as dnf sees it.

use std::path::Path;
use std::process::Command;

use builders::{Builder, BuiltComponent};
use modulemd::stream::{Dependencies, Profile};

use crate::fixture::{Place, list, module_with, spec};

struct Dnf<'a> {
    root: tempfile::TempDir,
    repository: &'a Path,
}

impl Dnf<'_> {
    fn run(&self, arguments: &[&str]) -> String {
        std::fs::create_dir_all(self.root.path().join("log")).unwrap();
        let root = self.root.path().display();
        let mut dnf = Command::new("unshare");
        if !rustix::process::geteuid().is_root() {
            // dnf insists on being root.
            dnf.args(["--user", "--map-root-user"]);
        }
        let output = dnf
            .args(["--", "dnf"])
            .args(["--nogpgcheck", "--assumeyes", "--quiet", "--releasever=1"])
            .arg(format!("--installroot={root}/root"))
            .arg(format!("--setopt=cachedir={root}/cache"))
            .arg(format!("--setopt=logdir={root}/log"))
            .arg(format!("--setopt=persistdir={root}/persist"))
            .arg(format!("--setopt=reposdir={root}/none"))
            .args(["--setopt=module_platform_id=platform:f28", "--setopt=install_weak_deps=0"])
            .arg(format!("--repofrompath=module,file://{}", self.repository.display()))
            .args(["--repo=module"])
            .args(arguments)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "dnf {arguments:?}: {text}");
        text
    }
}

async fn build(place: &Place) -> (std::sync::Arc<builders::ModuleRef>, Vec<BuiltComponent>) {
    let components = ["tool", "library", "helper"];
    let module = module_with(
        "published",
        &components,
        |document| {
            let mut platform = Dependencies::default();
            platform.buildrequires.insert("platform".into(), ["f28".to_owned()].into());
            platform.requires.insert("platform".into(), ["f28".to_owned()].into());
            document.dependencies.push(platform);
            let profile = Profile { rpms: ["tool".to_owned()].into(), ..Profile::default() };
            document.profiles.insert("default".into(), profile);
            document.api_rpms.insert("tool".into());
            document.filter_rpms.insert("library-private".into());
        },
        Vec::new(),
    );
    place.builder.prepare_buildroot(&module).await.unwrap();
    let files =
        |name: &str| format!("%install\nmkdir -p %{{buildroot}}/usr/share\necho x > %{{buildroot}}/usr/share/{name}\n");
    let tool = spec("tool", &format!("{}%files\n/usr/share/tool\n", files("tool")))
        .replace("License: MIT", "License: BSD\nRequires: library");
    let library = spec(
        "library",
        &format!(
            "%package private\nSummary: p\n%description private\np\n{}%files\n/usr/share/library\n%files private\n",
            files("library")
        ),
    );
    let helper = spec("helper", &format!("{}%files\n/usr/share/helper\n", files("helper")));
    let mut built = Vec::new();
    for (name, text) in components.into_iter().zip([tool, library, helper]) {
        let source = place.git(name, &[(&format!("{name}.spec"), &text)]);
        built.push(place.built(&module, name, source, 0).await);
    }
    built[2].build_time_only = true;
    (module, built)
}

#[tokio::test(flavor = "multi_thread")]
async fn dnf_lists_enables_and_downloads_the_module() {
    let place = Place::new();
    let (module, built) = build(&place).await;
    let document = place.builder.finalize(&module, &built).await.unwrap();
    assert_eq!(document.content_licenses, ["BSD", "MIT"].map(str::to_owned).into());
    let artifacts: Vec<&str> = document.rpm_artifacts.iter().map(String::as_str).collect();
    assert_eq!(artifacts, ["library-0:1.0-1.noarch", "library-0:1.0-1.src", "tool-0:1.0-1.noarch", "tool-0:1.0-1.src"]);

    // Again, as after a crash: the same.
    assert_eq!(place.builder.finalize(&module, &built).await.unwrap(), document);
    let repository = place.builder.repository_path(&module.tag).unwrap();
    assert_eq!(
        list(&repository),
        [
            "library-1.0-1.noarch.rpm",
            "modules.yaml",
            "packages.json",
            "repodata",
            "source",
            "taken-over.json",
            "tool-1.0-1.noarch.rpm"
        ]
    );
    assert_eq!(list(&repository.join("source")), ["library-1.0-1.src.rpm", "repodata", "tool-1.0-1.src.rpm"]);

    let dnf = Dnf { root: tempfile::tempdir().unwrap(), repository: &repository };
    let listed = dnf.run(&["module", "list"]);
    assert!(
        listed.lines().any(|line| line.starts_with("published") && line.contains("1.10") && line.contains("default")),
        "{listed}"
    );
    dnf.run(&["module", "enable", "published:1.10"]);
    assert!(dnf.run(&["module", "list", "--enabled"]).contains("published"));
    let available = dnf.run(&["repoquery", "--available"]);
    assert_eq!(available.lines().collect::<Vec<_>>(), ["library-0:1.0-1.noarch", "tool-0:1.0-1.noarch"]);
    let downloads = tempfile::tempdir().unwrap();
    dnf.run(&["download", "--resolve", "--destdir", downloads.path().to_str().unwrap(), "tool"]);
    assert_eq!(list(downloads.path()), ["library-1.0-1.noarch.rpm", "tool-1.0-1.noarch.rpm"]);
}
