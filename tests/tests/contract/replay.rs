//! The cases of a group, in order, on one database.

use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::Semaphore;
use tokio::task::{JoinSet, LocalSet};

use crate::compare::{self, Received};
use crate::database::{Databases, connect};
use crate::gaps;
use crate::ids::Ids;
use crate::messages::Feed;
use crate::program::{Program, Repositories, Setting};
use crate::provider::Provider;
use crate::recorded::{Case, Contract, stored_documents};

/// So many groups at once; each has a program of its own.
const AT_ONCE: usize = 4;

/// What differs, by id of the case; cases that are as recorded are not there.
pub type Differences = BTreeMap<i64, String>;

/// Replays every group.
pub async fn all(contract: &Rc<Contract>, databases: Databases) -> Differences {
    let (databases, repositories) = (Rc::new(databases), Rc::new(Repositories::serve().await));
    let permits = Rc::new(Semaphore::new(AT_ONCE));
    let provider = Rc::new(Provider::serve().await);
    let (groups, mut running) = (LocalSet::new(), JoinSet::new());
    for group in contract.groups() {
        let (contract, databases, repositories) = (contract.clone(), databases.clone(), repositories.clone());
        let (permits, provider) = (permits.clone(), provider.clone());
        let replayed = async move {
            let _permit = permits.acquire().await.unwrap();
            replay(&contract, &databases, &repositories, &provider, &group).await
        };
        running.spawn_local_on(replayed, &groups);
    }
    groups.run_until(running.join_all()).await.into_iter().flatten().collect()
}

async fn replay(
    contract: &Contract,
    databases: &Databases,
    repositories: &Repositories,
    provider: &Provider,
    group: &str,
) -> Differences {
    let cases: Vec<_> = contract.replayed_of(group).collect();
    let database = databases.make(group, cases[0].pre_sql.as_deref()).await;
    let mut state = State::prepare(Setting { database, repositories, provider }, &cases[0].section).await;
    let mut differences = Differences::new();
    for case in cases {
        if let Err(difference) = state.replay(contract, case).await {
            differences.insert(case.id, difference);
        }
    }
    state.programs.values_mut().for_each(Program::must_run);
    differences
}

/// What the cases of a group share.
pub struct State<'a> {
    setting: Setting<'a>,
    feed: Feed,
    /// By section.
    programs: BTreeMap<String, Program>,
    pub ids: Ids,
    /// Documents of all builds before the first request, by id.
    documents: BTreeMap<i64, String>,
}

impl<'a> State<'a> {
    async fn prepare(setting: Setting<'a>, section: &str) -> Self {
        Program::upgrade(&setting, section).await;
        let db = connect(&setting.database).await;
        let documents = stored_documents(&db).await;
        Self { setting, feed: Feed::of(db), programs: BTreeMap::new(), ids: Ids::default(), documents }
    }

    async fn fill_gap(&mut self, contract: &Contract, case: &Case) -> Result<(), String> {
        let Some(build) = gaps::missing(contract, case, self) else { return Ok(()) };
        let token = self.setting.provider.token_of(&build["owner"]).unwrap_or_default();
        let submission = gaps::submission(case, build, token);
        let program = &self.programs[&case.section];
        let answer = program.ask(&submission, &submission.path).await?;
        // The recording has no messages of it.
        self.feed.read(|text| program.neutral(text)).await;
        gaps::learn(contract, build, &answer, self)
    }

    async fn replay(&mut self, contract: &Contract, case: &Case) -> Result<(), String> {
        if !self.programs.contains_key(&case.section) {
            let program = Program::start(&self.setting, &case.section).await;
            self.programs.insert(case.section.clone(), program);
        }
        self.fill_gap(contract, case).await?;
        let program = &self.programs[&case.section];
        let answer = program.ask(case, &self.ids.path(&case.path)).await?;
        let messages = self.feed.read(|text| program.neutral(text)).await;
        let received = Received { answer, messages, secret: program.folder(), documents: &self.documents };
        compare::compare(contract, case, &mut self.ids, &received)
    }
}
