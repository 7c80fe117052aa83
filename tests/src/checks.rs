//! What has to hold for every build, however rough its way was.

use std::collections::HashSet;

use entities::{ComponentState, ModuleState};
use serde_json::Value;

use crate::rows::Rows;
use crate::wait::{LONG, until_true};

/// The way of a build that nothing went wrong with.
pub const STRAIGHT: [ModuleState; 5] =
    [ModuleState::Init, ModuleState::Wait, ModuleState::Build, ModuleState::Done, ModuleState::Ready];

/// The build went straight to ready, every change of it was told once and in order, and nothing was built again.
pub async fn went_straight(rows: &Rows, id: i64) {
    assert_eq!(rows.trace(id).await, STRAIGHT, "states of build {id}");
    all_told(rows, id).await;
    nothing_built_again(rows, id).await;
}

/// There is exactly one message for every change of a state, in the order of the changes, and all are published in the end.
pub async fn all_told(rows: &Rows, id: i64) {
    until_true("all messages to be published", LONG, async || {
        rows.messages(id).await.iter().all(|message| message.time_published.is_some())
    })
    .await;
    let messages = rows.messages(id).await;
    let ids: HashSet<_> = messages.iter().map(|message| &message.event_id).collect();
    assert_eq!(ids.len(), messages.len(), "each message has an id of its own");
    let published: Vec<_> = messages.iter().map(|message| message.time_published).collect();
    assert!(published.is_sorted(), "messages about build {id} were published out of order: {published:?}");
    let bodies = |topic: &str| {
        let ours = messages.iter().filter(|message| message.topic == topic);
        ours.map(|message| serde_json::from_str(&message.body).unwrap()).collect::<Vec<Value>>()
    };
    let told: Vec<_> = bodies("module.state.change").iter().map(|body| body["state"].as_i64()).collect();
    let happened: Vec<_> = rows.trace(id).await.iter().map(|state| Some(i64::from(state.number()))).collect();
    assert_eq!(told, happened, "messages about the states of build {id}");
    let about_components = bodies("component.state.change");
    for component in rows.components(id).await {
        let ours = about_components.iter().filter(|body| body["id"] == component.id);
        let told: Vec<_> = ours.map(|body| body["state"].as_i64()).collect();
        // The first row of a trace is the creation, which is no change.
        let happened = rows.component_trace(component.id).await;
        let happened: Vec<_> =
            happened.iter().skip(1).map(|state| state.map(|state| i64::from(state.number()))).collect();
        assert_eq!(told, happened, "messages about {} of build {id}", component.package);
    }
}

/// No component was handed to the build system again after it was complete.
pub async fn nothing_built_again(rows: &Rows, id: i64) {
    for component in rows.components(id).await {
        let trace = rows.component_trace(component.id).await;
        let complete = trace.iter().position(|state| *state == Some(ComponentState::Complete));
        let rest = complete.map_or(&[][..], |at| &trace[at + 1..]);
        assert!(rest.is_empty(), "{} of build {id} was touched after it was complete: {trace:?}", component.package);
    }
}
