//! `make demo`: the module in `examples/testmodule`, submitted by its script.

use std::path::Path;
use std::process::Command;

use tests::dnf::Dnf;
use tests::service::program;
use tests::{Service, checks};

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_goes_to_a_repository_that_dnf_can_use() {
    let folder = tempfile::TempDir::new().unwrap();
    let rpms = format!("file://{}/git/rpms/", folder.path().display());
    let service =
        Service::builder().option("RPMS_DEFAULT_REPOSITORY", rpms).option("DEFAULT_BRANCH", "main").start().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/demo.sh");
    let mut command = Command::new(script);
    command.env("DEMO_DIR", folder.path().join("git")).env("MBS_BUILD", program("mbs-build"));
    command.env("MBS_STATE_DIR", service.folder()).env("MBS_URL", service.address());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("is ready"), "{said}");

    let rows = service.rows().await;
    let build = rows.builds_named("testmodule").await.remove(0);
    checks::went_straight(&rows, i64::from(build.id)).await;
    let dnf = Dnf::new(&service.repository(build.koji_tag.as_deref().unwrap()));
    let listed = dnf.must(&["module", "list"]);
    assert!(listed.contains("testmodule") && listed.contains("default") && listed.contains("devel"), "{listed}");
    dnf.must(&["module", "enable", "testmodule:main"]);
    for absent in ["greetgen", "phrasebook-source", "module-build-macros"] {
        let found = dnf.must(&["repoquery", "--quiet", "--all", absent]);
        assert_eq!(found.trim(), "", "{absent} is not published");
    }
    for present in ["greet", "libgreet", "libgreet-devel", "hail", "pygreet"] {
        let found = dnf.must(&["repoquery", "--quiet", "--all", present]);
        assert!(found.contains(present), "{present} is published: {found}");
    }
}
