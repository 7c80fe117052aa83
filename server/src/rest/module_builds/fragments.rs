//! Bodies of answers, put together from builds in JSON that were written before.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::DatabaseConnection;

use super::view::{Detail, Shown, state_url};
use crate::rest::answer;
use crate::rest::cache::Cache;
use crate::rest::failure::Failure;
use crate::rest::origin::Origin;
use crate::rest::query::{ApiVersion, Meta};
use crate::rest::rows::{self, Parts};

/// Where builds in JSON come from, and for whom.
pub struct Fragments<'a> {
    pub db: &'a DatabaseConnection,
    pub cache: &'a Cache,
    pub detail: Detail,
    pub origin: &'a Origin,
    pub version: ApiVersion,
}

impl Fragments<'_> {
    /// The body for one build as of a change; `None` if it is gone meanwhile.
    pub async fn one(&self, id: i32, revision: i64) -> Result<Option<String>, Failure> {
        let texts = self.texts(&[(id, revision)]).await?;
        Ok(texts.into_iter().next().map(|(id, text)| self.whole(id, &text)))
    }

    /// The body for a page of builds, given by id with the change that each is as of.
    pub async fn list(&self, builds: &[(i32, i64)], meta: &Meta) -> Result<String, Failure> {
        let texts = self.texts(builds).await?;
        if self.detail == Detail::Verbose {
            let whole: Vec<_> = texts.iter().map(|(id, text)| self.whole(*id, text)).collect();
            return answer::list("items", whole.iter().map(String::as_str), meta);
        }
        answer::list("items", texts.iter().map(|(_, text)| &**text), meta)
    }

    /// Everything but the address, which depends on who asks, is the same for everybody.
    fn whole(&self, id: i32, text: &str) -> String {
        match text.strip_suffix('}') {
            Some(open) if self.detail == Detail::Verbose => {
                let url = serde_json::Value::String(state_url(id, self.origin, self.version));
                format!("{open},\"state_url\":{url}}}")
            }
            _ => text.to_owned(),
        }
    }

    /// Builds in JSON, in their order; what is not in the cache is read and written by two statements.
    async fn texts(&self, builds: &[(i32, i64)]) -> Result<Vec<(i32, Arc<str>)>, Failure> {
        let known = builds.iter().map(|(id, revision)| self.cache.build(*id, self.detail, *revision));
        let mut texts: Vec<_> = known.collect();
        let missing = builds.iter().zip(&texts).filter(|(_, text)| text.is_none());
        let missing: Vec<_> = missing.map(|((id, _), _)| *id).collect();
        if !missing.is_empty() {
            let mut written = self.write(&missing).await?;
            for ((id, revision), text) in builds.iter().zip(&mut texts) {
                if let (None, Some(new)) = (&text, written.remove(id)) {
                    self.cache.keep_build(*id, self.detail, *revision, Arc::clone(&new));
                    *text = Some(new);
                }
            }
        }
        let texts = builds.iter().zip(texts).filter_map(|((id, _), text)| Some((*id, text?)));
        Ok(texts.collect())
    }

    async fn write(&self, ids: &[i32]) -> Result<HashMap<i32, Arc<str>>, Failure> {
        let is_verbose = self.detail == Detail::Verbose;
        let builds = rows::builds(self.db, ids, is_verbose).await?;
        let mut parts = match self.detail {
            Detail::Short => HashMap::new(),
            _ => rows::parts(self.db, ids, is_verbose).await?,
        };
        let mut all = HashMap::with_capacity(builds.len());
        for build in builds.values() {
            let parts: Parts = parts.remove(&build.id).unwrap_or_default();
            let text = answer::written(&Shown::new(build, &parts, self.detail))?;
            all.insert(build.id, text.into());
        }
        Ok(all)
    }
}
