//! How many of what, and in which order.

use anyhow::ensure;

use crate::base_modules::{self, BaseModule, virtual_streams};
use crate::history::History;
use crate::module::{Module, State, Submission};
use crate::names::ARCHES;
use crate::random::Random;
use crate::sink::{Sink, Table};
use crate::value::Value;

/// Components that a module has at most.
const MOST: u32 = 60;

/// What is to be made.
#[derive(Debug)]
pub struct Population {
    base_modules: Vec<BaseModule>,
    modules: u32,
    /// The last ones, of which the service has not finished the work.
    unfinished: u32,
    components: u32,
    small: bool,
}

impl Population {
    /// `builds` rows of `module_builds` and `components` rows of `component_builds`.
    pub fn new(builds: u32, components: u32, small: bool) -> anyhow::Result<Self> {
        let base_modules = base_modules::all();
        let modules = builds.saturating_sub(u32::try_from(base_modules.len())?);
        ensure!(modules >= 20, "{} builds are base modules; take at least 20 more", base_modules.len());
        let unfinished = (modules / 50).clamp(6, 24);
        let population = Self { base_modules, modules, unfinished, components, small };
        ensure!(
            u64::from(components) <= u64::from(population.with_components()) * u64::from(MOST),
            "too many components"
        );
        Ok(population)
    }

    /// Modules in `init` have no components yet.
    fn with_components(&self) -> u32 {
        self.modules - self.unfinished.div_ceil(3)
    }

    /// Writes all rows.
    pub async fn write(&self, sink: &mut Sink, random: &mut Random) -> anyhow::Result<()> {
        self.names(sink).await?;
        let mut history = History::new(self.small);
        for (id, base_module) in (1..).zip(&self.base_modules) {
            base_module.write(id, sink).await?;
        }
        let mut shares = Shares { rows: self.components, modules: self.with_components() };
        let mut next_id = i64::try_from(self.base_modules.len())? + 1;
        let mut done = 0;
        while done < self.modules {
            let submission = Submission::new(done, self.modules, &self.base_modules, random);
            for _ in 0..submission.contexts.min(self.modules - done) {
                let state = self.state(done, random);
                let components = if state == State::Init { 0 } else { shares.next(random) };
                let module = Module::new(next_id, &submission, state, components, history.next_component(), random);
                module.write(self.small, sink, random).await?;
                history.write(&module, sink, random).await?;
                next_id += 1;
                done += 1;
            }
        }
        Ok(())
    }

    /// Most are ready; the last are unfinished.
    fn state(&self, number: u32, random: &mut Random) -> State {
        if let Some(unfinished) = (number + self.unfinished).checked_sub(self.modules) {
            return [State::Init, State::Wait, State::Build][unfinished as usize % 3];
        }
        match random.below(100) {
            0..8 => State::Failed,
            8..13 => State::Garbage,
            13..17 => State::Done,
            _ => State::Ready,
        }
    }

    async fn names(&self, sink: &mut Sink) -> anyhow::Result<()> {
        for (id, name) in (1..).zip(ARCHES) {
            sink.row(Table::Arches, &[Value::Int(id), Value::Text(name)]).await?;
        }
        for (id, name) in (1..).zip(virtual_streams()) {
            sink.row(Table::VirtualStreams, &[Value::Int(id), Value::Text(&name)]).await?;
        }
        Ok(())
    }
}

/// Deals the components out, so that the sum is right.
struct Shares {
    rows: u32,
    modules: u32,
}

impl Shares {
    fn next(&mut self, random: &mut Random) -> u32 {
        let others = self.modules - 1;
        let least = self.rows.saturating_sub(others.saturating_mul(MOST)).max(u32::from(self.rows > others));
        let most = self.rows.saturating_sub(others).max(least).max(u32::from(self.rows > 0)).min(MOST).min(self.rows);
        let wished = random.between(1, (2 * self.rows / self.modules).max(2) - 1);
        // A few are large, as of container-tools.
        let wished = if random.chance(1, 20) { wished * 3 } else { wished };
        let share = wished.clamp(least, most);
        self.rows -= share;
        self.modules = others;
        share
    }
}
