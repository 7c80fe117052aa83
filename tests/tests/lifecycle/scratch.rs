//! Scratch builds: each one of its own, and nobody builds on them.

use serde_json::json;
use tests::fixtures::Part;
use tests::{Component, Module, Service, checks};

#[tokio::test(flavor = "multi_thread")]
async fn each_is_one_of_its_own_and_none_is_built_upon() {
    let service = Service::builder()
        .option("MODULES_ALLOW_SCRATCH", true)
        .option("SCRATCH_BUILD_ONLY_BRANCHES", json!(["^private_.*"]))
        .start()
        .await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let part = Part::new("scratchy", &service.git.component(&Component::new("scratchy")));
    let mut locked = Module::new("locked").part(part.clone());
    locked.stream = "private_x".to_owned();
    let locked = json!({"scmurl": service.git.module(&locked), "branch": "private_x"});
    let refused = rest.submit(&locked).await;
    let message = "Only scratch module builds can be built from this branch.";
    assert_eq!((refused.status, refused.message()), (400, message), "{}", refused.text);

    let module = Module::new("scratched").part(part);
    let at = |time: &str| json!({"scmurl": service.git.module_at(&module, time), "branch": "1"});
    let body = at("2026-01-02T03:04:05Z");
    let mut scratch = body.clone();
    scratch["scratch"] = json!(true);
    let mut tags = Vec::new();
    for number in 1..=2 {
        let id = rest.submit(&scratch).await.id();
        let build = rest.in_state(id, "done").await;
        let context = build["context"].as_str().unwrap();
        assert!(context.ends_with(&format!("_{number}")), "{context}");
        let row = rows.build(id).await;
        assert!(row.disttag.as_ref().unwrap().starts_with(".scrmod+"), "{row:?}");
        let component = rows.component(id, "scratchy").await;
        assert!(component.nvr.as_ref().unwrap().contains(".scrmod+"), "{component:?}");
        assert_eq!(component.reused_component_id, None);
        let tag = row.koji_tag.unwrap();
        assert!(tag.starts_with("scrmod-"), "{tag}");
        assert!(service.repository(&tag).exists(), "whoever asked for it gets its packages");
        checks::all_told(&rows, id).await;
        tags.push(tag);
    }
    assert_ne!(tags[0], tags[1]);

    // Neither built against, nor taken over from.
    let user = Module::new("scratched-user").yaml();
    let user = user.replace("  - buildrequires:\n", "  - buildrequires:\n      scratched: [\"1\"]\n");
    let answer = rest.submit_document(&user).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    // The same for good: nothing of the scratch builds is taken over. The next version takes over from it, so the scratch builds
    // were not left out for another reason.
    let id = rest.submit(&body).await.id();
    rest.ready(id).await;
    let first = rows.component(id, "scratchy").await;
    assert_eq!(first.reused_component_id, None);
    let id = rest.submit(&at("2026-01-02T03:04:06Z")).await.id();
    rest.ready(id).await;
    let second = rows.component(id, "scratchy").await;
    assert_eq!(second.reused_component_id, Some(first.id), "{second:?}");
}
