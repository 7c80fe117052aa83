//! What a build needs only while it runs is removed, whatever wake-up is lost.

use entities::CleanUp;
use sea_orm::ConnectionTrait;
use tests::fixtures::Part;
use tests::wait::{LONG, until_true};
use tests::{Component, Module, Service};

#[tokio::test(flavor = "multi_thread")]
async fn after_its_end_even_if_nobody_is_woken() {
    let service = Service::builder().workers(1).option("UPKEEP_SECONDS", 1).start().await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let module = Module::new("tidy").part(Part::new("tidy", &service.git.component(&Component::new("tidy"))));
    let id = rest.submit_document(&module.yaml()).await.id();
    rest.ready(id).await;
    let cleaned = async || rows.build(id).await.clean_up == CleanUp::Nothing;
    until_true("it to be cleaned up", LONG, cleaned).await;
    let folder = service.results().join(rows.build(id).await.koji_tag.unwrap());
    assert!(!folder.join("repos").exists() && folder.join("repo").exists());
    let locks = std::fs::read_dir(service.folder().join("state/work/locks")).into_iter().flatten().count();
    assert_eq!(locks, 0, "locks of builds that have ended");

    // As if every worker had died in the moment of its end.
    service.kill_workers();
    std::fs::create_dir_all(folder.join("repos/0")).unwrap();
    let due = format!("UPDATE module_builds SET clean_up = 1 WHERE id = {id}");
    rows.connection().execute_unprepared(&due).await.unwrap();
    let left = service.folder().join("state/work/locks/tag");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("package.0"), "").unwrap();
    service.start_worker();
    until_true("it to be cleaned up again", LONG, cleaned).await;
    assert!(!folder.join("repos").exists() && folder.join("repo").exists());
    assert!(!left.exists(), "a lock that a killed worker left");
}
