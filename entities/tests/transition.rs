//! States: checked moves, one winner, and a trace and a message for every move.

mod database;

use database::{at, build, fresh};
use entities::db::begin_write;
use entities::transition::{self, TransitionError, allowed};
use entities::{ComponentState, ModuleState, component_build, module_build, module_build_trace, outbox};
use sea_orm::{EntityTrait, QueryOrder, Set};

#[tokio::test]
async fn a_move_writes_row_trace_and_message() {
    let (_folder, db) = fresh().await;
    let row = build(&db).await;
    let tx = begin_write(&db).await.unwrap();
    let moved = transition::module(&tx, at(1), &row, ModuleState::Failed, Some("no"), |_| {}).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((moved.state, moved.time_completed), (ModuleState::Failed, Some(at(1))));
    let traces =
        module_build_trace::Entity::find().order_by_asc(module_build_trace::Column::Id).all(&db).await.unwrap();
    let states: Vec<_> = traces.iter().map(|trace| (trace.state, trace.state_reason.as_deref())).collect();
    assert_eq!(states, [(Some(ModuleState::Init), None), (Some(ModuleState::Failed), Some("no"))]);
    let messages = outbox::Entity::find().order_by_asc(outbox::Column::Id).all(&db).await.unwrap();
    let bodies: Vec<serde_json::Value> = messages.iter().map(|m| serde_json::from_str(&m.body).unwrap()).collect();
    assert_eq!(bodies[0]["state_name"], "init");
    assert_eq!((&bodies[1]["state_name"], &bodies[1]["state_reason"]), (&"failed".into(), &"no".into()));
}

#[tokio::test]
async fn of_two_movers_one_is_told_to_look_again() {
    let (_folder, db) = fresh().await;
    let row = build(&db).await;
    let tx = begin_write(&db).await.unwrap();
    transition::module(&tx, at(1), &row, ModuleState::Wait, None, |_| {}).await.unwrap();
    let late = transition::module(&tx, at(2), &row, ModuleState::Failed, None, |_| {}).await;
    assert!(matches!(late, Err(TransitionError::Conflict(_))));
}

#[tokio::test]
async fn nothing_of_a_rolled_back_move_stays() {
    let (_folder, db) = fresh().await;
    let row = build(&db).await;
    let tx = begin_write(&db).await.unwrap();
    transition::module(&tx, at(1), &row, ModuleState::Wait, None, |_| {}).await.unwrap();
    tx.rollback().await.unwrap();
    let row = module_build::Entity::find_by_id(row.id).one(&db).await.unwrap().unwrap();
    assert_eq!(row.state, ModuleState::Init);
    assert_eq!(outbox::Entity::find().all(&db).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_component_of_an_older_attempt_is_left_alone() {
    let (_folder, db) = fresh().await;
    let module = build(&db).await;
    let row = component_build::ActiveModel {
        module_id: Set(module.id),
        package: Set("bash".to_owned()),
        scmurl: Set("u?#c".to_owned()),
        format: Set("rpms".to_owned()),
        attempt: Set(0),
        retries: Set(0),
        ..Default::default()
    };
    let tx = begin_write(&db).await.unwrap();
    let row = transition::create_component(&tx, at(0), row).await.unwrap();
    let building = Some(ComponentState::Building);
    let old = transition::component(&tx, at(1), &row, building, None, |_| {}).await.unwrap();
    let again = transition::component(&tx, at(2), &old, None, None, |row| row.attempt = Set(1)).await.unwrap();
    transition::component(&tx, at(3), &again, building, None, |_| {}).await.unwrap();
    let late = transition::component(&tx, at(4), &old, Some(ComponentState::Complete), None, |_| {}).await;
    assert!(matches!(late, Err(TransitionError::Conflict(_))));
}

#[test]
fn finished_builds_do_not_move_back() {
    for to in ModuleState::ALL {
        assert_eq!(allowed(ModuleState::Ready, to), to == ModuleState::Garbage);
        assert!(!allowed(ModuleState::Garbage, to));
        assert!(!allowed(to, to));
    }
}
