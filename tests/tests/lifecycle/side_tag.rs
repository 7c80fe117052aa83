//! Side tags: base modules are taken from there.

use serde_json::json;
use tests::fixtures::{Part, platform};
use tests::{Component, Module, Service};

/// On rpmbuild a tag is the repository of another build: what a side tag holds is seen by builds that name it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_side_tag_is_seen_by_builds_that_name_it() {
    let service = Service::builder().platform("f33").prepare().await;
    let file = service.folder().join("platform-f32.yaml");
    let text = platform("f32")
        .replace("      mse: TRUE\n", "      mse: TRUE\n      koji_side_tag_format: \"module-{side_tag}\"\n");
    std::fs::write(&file, text).unwrap();
    assert!(service.manage(&["import_module", file.to_str().unwrap()]).status.success());
    service.start_server().await;
    let rest = service.rest();
    let library = Component::new("beside");
    let side = Module::new("beside").part(Part::new("beside", &service.git.component(&library)));
    let built = rest.ready(rest.submit_document(&side.yaml()).await.id()).await;
    let side_tag = built["koji_tag"].as_str().unwrap().strip_prefix("module-").unwrap().to_owned();

    let module = |name: &str, stream: &str| {
        let user = Component::new(name).build("rpm -q beside");
        Module::new(name).platforms(&[stream]).part(Part::new(name, &service.git.component(&user))).yaml()
    };
    let without = rest.submit(&json!({"modulemd": module("alone", "f32")})).await.id();
    let reason = rest.failed(without).await;
    assert!(reason.contains("alone"), "{reason}");
    let with = rest.submit(&json!({"modulemd": module("sided", "f32"), "side_tag": side_tag})).await.id();
    let ready = rest.ready(with).await;
    assert!(ready["modulemd"].as_str().unwrap().contains(&side_tag), "the document says so");

    let refused = rest.submit(&json!({"modulemd": module("unsided", "f33"), "side_tag": side_tag})).await.id();
    let reason = rest.failed(refused).await;
    assert_eq!(reason, "None of the buildrequired base modules are configured for side tags.");
    let wrong = rest.submit(&json!({"modulemd": module("wrong", "f32"), "side_tag": ["x"]})).await;
    assert_eq!((wrong.status, wrong.message()), (400, "The \"side_tag\" parameter must be a string"));
}
