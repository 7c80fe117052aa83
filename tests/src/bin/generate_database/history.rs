//! What happened to a module build and its components: traces and log messages. Counts the rows.

use crate::components::Component;
use crate::module::{Module, State};
use crate::random::Random;
use crate::sink::{Sink, Table};
use crate::value::Value;

/// The numbers that were given so far.
#[derive(Debug, Default)]
pub struct History {
    small: bool,
    components: i64,
    module_traces: i64,
    component_traces: i64,
    messages: i64,
}

impl History {
    /// Nothing so far. `small` leaves most messages out.
    pub fn new(small: bool) -> Self {
        Self { small, ..Self::default() }
    }

    /// The id of the next component.
    pub fn next_component(&self) -> i64 {
        self.components + 1
    }

    /// The components of a module, and all that happened.
    pub async fn write(&mut self, module: &Module<'_>, sink: &mut Sink, random: &mut Random) -> anyhow::Result<()> {
        for place in 0..module.components {
            let component = Component::new(module, place, random);
            component.write(module, sink, random).await?;
            self.components += 1;
            self.trace_component(module, &component, place, sink).await?;
        }
        self.trace_module(module, sink).await?;
        self.messages(module, sink, random).await
    }

    async fn trace_module(&mut self, module: &Module<'_>, sink: &mut Sink) -> anyhow::Result<()> {
        use State::{Build, Done, Failed, Garbage, Init, Ready, Wait};
        let states: &[State] = match module.state {
            Init => &[Init],
            Wait => &[Init, Wait],
            Build => &[Init, Wait, Build],
            Done => &[Init, Wait, Build, Done],
            Failed => &[Init, Wait, Build, Failed],
            Ready => &[Init, Wait, Build, Done, Ready],
            Garbage => &[Init, Wait, Build, Failed, Garbage],
        };
        for (step, state) in (0..).zip(states) {
            self.module_traces += 1;
            let row = [
                Value::Int(self.module_traces),
                Value::Int(module.id),
                Value::Time(module.submitted() + step * 600),
                Value::Int(*state as i64),
                (*state == Failed).then_some("Some components failed to build").into(),
            ];
            sink.row(Table::BuildTrace, &row).await?;
        }
        Ok(())
    }

    async fn trace_component(
        &mut self,
        module: &Module<'_>,
        component: &Component,
        place: u32,
        sink: &mut Sink,
    ) -> anyhow::Result<()> {
        let start = module.submitted() + 1200 + i64::from(place) * 60;
        let steps = [(start, Some(0)), (start + 300, component.state)];
        // What was never started has only said so.
        let steps = if component.state.is_none() { &steps[1..] } else { &steps[..] };
        for (time, state) in steps {
            self.component_traces += 1;
            let row = [
                Value::Int(self.component_traces),
                Value::Int(component.id),
                Value::Time(*time),
                (*state).into(),
                (*state == Some(0)).then_some("Submitted to Koji").into(),
                component.task.into(),
            ];
            sink.row(Table::ComponentTrace, &row).await?;
        }
        Ok(())
    }

    async fn messages(&mut self, module: &Module<'_>, sink: &mut Sink, random: &mut Random) -> anyhow::Result<()> {
        let count = if self.small { u32::from(random.chance(1, 10)) } else { random.below(4) };
        for number in 0..count {
            self.messages += 1;
            let about = (module.components > 0 && random.chance(1, 2))
                .then(|| module.first_component + i64::from(random.below(module.components)));
            let message = format!("Build log message {number} for {}", module.name_stream());
            let row = [
                Value::Int(self.messages),
                about.into(),
                Value::Int(module.id),
                Value::Text(&message),
                Value::Time(module.submitted() + 40 + i64::from(number)),
            ];
            sink.row(Table::LogMessages, &row).await?;
        }
        Ok(())
    }
}
