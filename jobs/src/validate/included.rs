//! Fetches the documents of included modules, and of those that they include in turn.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use modulemd::included::{Included, Modules};
use modulemd::stream::ModuleComponent;
use modulemd::{Limits, ModuleStream, read, validate_names};
use scm::{Git, Membership, Repository, ScmUrl};
use tokio::sync::Semaphore;

use super::components;
use super::problems::Problems;
use crate::Settings;

/// What was found.
#[derive(Debug, Default)]
pub struct Inclusion {
    /// The included modules, their documents completed.
    pub modules: Modules,
    /// What is wrong with them.
    pub problems: Problems,
    /// Which commits their documents are from, and what was passed over in them, in sentences.
    pub notes: Vec<String>,
}

/// A module in a chain of modules that include one another.
#[derive(Clone, Debug)]
struct Link {
    name: String,
    /// Address of its repository; empty for a submitted file.
    repository: String,
}

/// Fetches what `document`, which is completed, includes. Many are fetched at the same time; whatever is wrong with any of them is
/// reported together. `scmurl` is where the document itself came from.
pub async fn fetch(git: &Git, settings: &Settings, document: &ModuleStream, scmurl: Option<&str>) -> Inclusion {
    let repository = scmurl.and_then(|url| ScmUrl::parse(url).ok()).map(|url| url.repository().to_string());
    let own = Link { name: document.name().to_owned(), repository: repository.unwrap_or_default() };
    let fetching = Fetching {
        git,
        settings,
        default_ref: components::default_ref(document, settings),
        permits: Semaphore::new(settings.concurrent_lookups.max(1)),
        begun: AtomicUsize::new(0),
    };
    fetching.all(document, vec![own]).await
}

struct Fetching<'a> {
    git: &'a Git,
    settings: &'a Settings,
    default_ref: String,
    permits: Semaphore,
    /// How many modules are included so far.
    begun: AtomicUsize,
}

impl Fetching<'_> {
    /// What the document of the last module in `chain` includes.
    fn all<'f>(&'f self, document: &'f ModuleStream, chain: Vec<Link>) -> BoxFuture<'f, Inclusion> {
        async move {
            let mut all = Inclusion::default();
            let wanted = &document.module_components;
            let most = self.settings.max_included_modules;
            if self.begun.fetch_add(wanted.len(), Ordering::Relaxed) + wanted.len() > most {
                all.problems.push(format!("{} includes more modules than {most}, which is the limit", chain[0].name));
                return all;
            }
            for part in join_all(wanted.values().map(|component| self.part(component, &chain))).await {
                all.modules.extend(part.modules);
                all.problems.extend("", part.problems);
                all.notes.extend(part.notes);
            }
            all
        }
        .boxed()
    }

    /// One module with all that it includes, and whatever is wrong with that.
    async fn part(&self, component: &ModuleComponent, chain: &[Link]) -> Inclusion {
        let mut part = Inclusion::default();
        match self.one(component, chain, &mut part).await {
            Ok(included) => drop(part.modules.insert(component.name.clone(), included)),
            Err(problems) => part.problems.extend(&format!("The included module {:?}: ", component.name), problems),
        }
        part
    }

    /// One module with all that it includes. Problems inside of it go into `part`; an error is that there is no module.
    async fn one(
        &self,
        component: &ModuleComponent,
        chain: &[Link],
        part: &mut Inclusion,
    ) -> Result<Included, Problems> {
        let url = self.url(component)?;
        let link = Link { name: component.name.clone(), repository: url.repository().to_string() };
        self.check_chain(chain, &link)?;
        let (mut document, commit) = self.document(&url, part).await?;
        part.notes.push(format!("Includes {} of {} at commit {commit}.", component.name, url.repository()));
        let mut problems = Problems::default();
        components::complete(&mut document, self.settings, &self.default_ref, &mut problems);
        part.problems.extend(&format!("In the included module {:?}: ", component.name), problems);
        let inner = self.all(&document, [chain, &[link]].concat()).await;
        part.problems.extend("", inner.problems);
        part.notes.extend(inner.notes);
        Ok(Included { document, modules: inner.modules })
    }

    /// Where the document is. The operator's own repository is always allowed, any other has to be allowed for submissions.
    fn url(&self, component: &ModuleComponent) -> Result<ScmUrl, Problems> {
        let repository = component.repository.as_deref().unwrap_or_default();
        let text = format!("{repository}?#{}", component.reference.as_deref().unwrap_or_default());
        let own = format!("{}{}", self.settings.modules_repository, component.name);
        let allowed = if repository == own { Ok(()) } else { self.git.settings().allowed.check(&text) };
        let url = Repository::parse(repository).and(allowed).and_then(|()| ScmUrl::parse(&text));
        url.map_err(|error| of_scm("", &error))
    }

    fn check_chain(&self, chain: &[Link], link: &Link) -> Result<(), Problems> {
        let told = |links: &[Link]| {
            let names = links.iter().chain([link]).map(|link| link.name.as_str());
            names.collect::<Vec<_>>().join(" → ")
        };
        let mut problems = Problems::default();
        if let Some(first) = chain.iter().position(|other| other.repository == link.repository) {
            problems.push(format!("it includes itself: {}", told(&chain[first..])));
            return Err(problems);
        }
        let most = self.settings.max_inclusion_depth;
        if chain.len() > most {
            problems.push(format!("modules are included more than {most} deep, which is the limit: {}", told(chain)));
            return Err(problems);
        }
        Ok(())
    }

    /// The document of `url` and the full id of its commit.
    async fn document(&self, url: &ScmUrl, part: &mut Inclusion) -> Result<(ModuleStream, String), Problems> {
        // Never closed.
        let _permit = self.permits.acquire().await.ok();
        let branch = &self.settings.default_branch;
        let fetched = self.git.fetch_modulemd(url, branch, Membership::NotChecked).await;
        let fetched = fetched.map_err(|error| of_scm("", &error))?;
        let file = format!("{}.yaml", fetched.name);
        let max_bytes = usize::try_from(self.git.settings().max_document_bytes).unwrap_or(usize::MAX);
        let limits = Limits { max_bytes, ..Limits::default() };
        let reading = read::as_text(&fetched.text).and_then(|text| read::read_with_notices(text, &limits));
        let reading = reading.map_err(|error| wrong(format!("The modulemd {file} is invalid: {error}")))?;
        let noted = reading.notices.iter().map(|notice| format!("{file} line {}: {}", notice.line, notice.text));
        part.notes.extend(noted);
        // All builds of a packager document have the same components.
        let mut streams = reading.document.into_streams();
        if streams.is_empty() {
            return Err(wrong(format!("The modulemd {file} has no build")));
        }
        let mut document = streams.swap_remove(0);
        self.check_name(&mut document, &fetched.name)?;
        // It belongs to the service, and says nothing about the module that includes this one.
        document.xmd = modulemd::yaml::Node::default();
        Ok((document, fetched.commit))
    }

    fn check_name(&self, document: &mut ModuleStream, repository: &str) -> Result<(), Problems> {
        let name = document.name.get_or_insert_with(|| repository.to_owned());
        if name != repository && !self.settings.allow_name_override {
            return Err(wrong(format!("The name {name:?} that is stored in the modulemd is not valid")));
        }
        validate_names(document).map_err(|error| wrong(error.to_string()))
    }
}

fn wrong(line: String) -> Problems {
    let mut problems = Problems::default();
    problems.push(line);
    problems
}

fn of_scm(about: &str, error: &scm::ScmError) -> Problems {
    let mut problems = Problems::default();
    problems.push_scm(about, error);
    problems
}
