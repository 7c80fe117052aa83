//! The components of a module build.

use crate::module::{Module, State, batch_of};
use crate::random::Random;
use crate::sink::{Sink, Table};
use crate::value::Value;

/// A component build.
#[derive(Debug)]
pub struct Component {
    /// Row id.
    pub id: i64,
    /// Number of its state; 5 is one that the build system has and the service has no name for.
    pub state: Option<i64>,
    /// Task of the build system, once it was submitted.
    pub task: Option<i64>,
    place: u32,
}

impl Component {
    /// The component at a place of a module.
    pub fn new(module: &Module, place: u32, random: &mut Random) -> Self {
        let id = module.first_component + i64::from(place);
        let state = state(module, place, random);
        let submitted = matches!(state, Some(0 | 1 | 3 | 5));
        Self { id, state, task: submitted.then_some(34_000_000 + id), place }
    }

    /// Its row.
    pub async fn write(&self, module: &Module<'_>, sink: &mut Sink, random: &mut Random) -> anyhow::Result<()> {
        let (place, macros) = (self.place, self.place == 0);
        let complete = self.state == Some(1);
        let package = if macros { "module-build-macros".to_owned() } else { module.package(place) };
        let commit = module.commit_of(place);
        let scmurl = if macros {
            format!("/srv/mbs/build-macros-{}/SRPMS/module-build-macros-0.1-1.src.rpm", module.context)
        } else {
            format!("https://src.fedoraproject.org/rpms/{package}?#{commit}")
        };
        let nvr = format!(
            "{package}-{}.{place}-1.module_{}+{}+{}",
            1 + place % 9,
            module.prefix(),
            module.id,
            module.context
        );
        let reused =
            (complete && self.id > 1000 && random.chance(1, 5)).then(|| self.id - i64::from(random.below(900)) - 1);
        let row = [
            Value::Int(self.id),
            Value::Text(&package),
            Value::Text(&scmurl),
            Value::Text("rpms"),
            self.task.into(),
            (!macros).then_some(commit.as_str()).into(),
            self.state.into(),
            self.reason(reused.is_some()).into(),
            complete.then_some(nvr.as_str()).into(),
            Value::Bool(complete),
            Value::Bool(complete && !macros && module.state != State::Build),
            Value::Bool(macros),
            Value::Bool(!macros && random.chance(1, 12)),
            Value::Int(batch_of(place)),
            Value::Int(module.id),
            reused.into(),
            Value::Float(1.5 + f64::from(place % 16) * 0.25),
        ];
        sink.row(Table::Components, &row).await
    }

    fn reason(&self, reused: bool) -> Option<&'static str> {
        match self.state {
            Some(1) if reused => Some("Reused component from previous module build"),
            Some(0) => Some("Submitted to Koji"),
            Some(2) => Some("deleted"),
            Some(3) => Some("Component build failed — see task"),
            _ => None,
        }
    }
}

fn state(module: &Module, place: u32, random: &mut Random) -> Option<i64> {
    // The first is always built, whatever became of the others.
    match (module.state, place) {
        (State::Init | State::Wait, _) => None,
        (_, 0) | (State::Ready | State::Done, _) => Some(1),
        (State::Build, _) => random.pick(&[Some(1), Some(0), None, None]),
        (State::Failed | State::Garbage, 1) => Some(3),
        (State::Failed | State::Garbage, _) => {
            random.pick(&[Some(1), Some(1), Some(1), Some(2), Some(3), Some(4), Some(5)])
        }
    }
}
