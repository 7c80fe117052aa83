//! Every route.

use std::sync::Arc;

use poem::endpoint::BoxEndpoint;
use poem::middleware::CatchPanic;
use poem::{Endpoint, EndpointExt, IntoResponse, Route};

use super::cache::Cache;
use super::durations::{Durations, Routed};
use super::resource::Resource;
use super::{
    about, audit_events, component_builds, component_log, differences, docs, events, failure, final_modulemd, gate,
    health, import_module, messages, metrics, module_builds, openapi, origin, rebuild_strategies, request_log, tokens,
    webhooks, whoami,
};
use crate::App;
use crate::audit::{Action, Audited};
use crate::graphql::{self, explorer};
use crate::monitor::Monitor;

/// What stands before every path of [`resources`]; `version` and `id` are numbers, which [`Resource`] sees to.
const PREFIX: &str = "/module-build-service/:version";

fn resources() -> Vec<(&'static str, Resource)> {
    vec![
        ("/about/", Resource::versioned().get(about::show)),
        ("/rebuild-strategies/", Resource::versioned().get(rebuild_strategies::list)),
        (
            "/module-builds/",
            Resource::versioned().get(module_builds::list).post(Audited::new(
                Action::Submit,
                "module-builds",
                module_builds::submit,
            )),
        ),
        (
            "/module-builds/:id",
            Resource::versioned().get(module_builds::show).patch(Audited::new(
                Action::Cancel,
                "module-builds",
                module_builds::change,
            )),
        ),
        (
            "/module-builds/:id/gate",
            Resource::versioned().post(Audited::new(Action::AnswerForGate, "module-builds", gate::submit)),
        ),
        ("/module-builds/:id/progress", Resource::versioned().get(module_builds::show_progress)),
        (
            "/module-builds/:id/retry",
            Resource::versioned().post(Audited::new(Action::Retry, "module-builds", module_builds::try_again)),
        ),
        ("/module-builds/:id/diff/:other", Resource::versioned().by_id_or_name().get(differences::show)),
        ("/module-builds/:id/messages", Resource::versioned().get(messages::of_module)),
        ("/component-builds/", Resource::versioned().get(component_builds::list)),
        ("/component-builds/:id", Resource::versioned().get(component_builds::show)),
        ("/component-builds/:id/messages", Resource::versioned().get(messages::of_component)),
        ("/component-builds/:id/log", Resource::versioned().get(component_log::read)),
        ("/final-modulemd/:id", Resource::versioned().get(final_modulemd::show)),
        (
            "/tokens/",
            Resource::versioned().get(tokens::list).post(Audited::new(Action::MakeToken, "tokens", tokens::make)),
        ),
        ("/tokens/:id", Resource::versioned().delete(Audited::new(Action::RevokeToken, "tokens", tokens::revoke))),
        ("/whoami/", Resource::versioned().get(whoami::show)),
        ("/login/", Resource::versioned().get(whoami::log_in)),
        (
            "/import-module/",
            Resource::versioned().post(Audited::new(Action::Import, "module-builds", import_module::submit)),
        ),
        ("/audit-events/", Resource::versioned().get(audit_events::list)),
        (
            "/webhooks/",
            Resource::versioned().get(webhooks::list).post(Audited::new(
                Action::MakeWebhook,
                "webhooks",
                webhooks::make,
            )),
        ),
        (
            "/webhooks/:id",
            Resource::versioned()
                .get(webhooks::show)
                .patch(Audited::new(Action::ChangeWebhook, "webhooks", webhooks::switch))
                .delete(Audited::new(Action::RemoveWebhook, "webhooks", webhooks::remove)),
        ),
        ("/webhooks/:id/deliveries", Resource::versioned().get(webhooks::deliveries)),
        (
            "/webhook-deliveries/:id/redelivery",
            Resource::versioned().post(Audited::new(Action::Redeliver, "webhook-deliveries", webhooks::redeliver)),
        ),
        ("/events", Resource::versioned().get(events::follow)),
    ]
}

/// Resources that have no version.
fn shared() -> Vec<(&'static str, Resource)> {
    vec![
        ("/graphql", Resource::shared().get(graphql::get).post(graphql::post)),
        ("/graphql/explorer/graphiql.js", Resource::shared().get(explorer::graphiql_script)),
        ("/graphql/explorer/graphiql.css", Resource::shared().get(explorer::graphiql_style)),
        ("/graphql/explorer/page.js", Resource::shared().get(explorer::script)),
        ("/graphql/explorer/page.css", Resource::shared().get(explorer::style)),
        ("/openapi.json", Resource::shared().get(openapi::show)),
        ("/docs", Resource::shared().get(docs::show)),
        ("/docs/style.css", Resource::shared().get(docs::style)),
        ("/", Resource::shared().get(docs::root)),
    ]
}

/// The whole API: REST below `/module-build-service/`, GraphQL at `/graphql`. Whatever goes wrong, the answer is JSON.
pub fn routes(app: App) -> BoxEndpoint<'static> {
    let mut route = watched();
    for (path, resource) in resources() {
        if let Some(path) = path.strip_suffix('/') {
            route = at(route, &format!("{PREFIX}{path}"), resource.without_slash());
        }
        route = at(route, &format!("{PREFIX}{path}"), resource);
    }
    for (path, resource) in shared() {
        route = at(route, path, resource);
    }
    let cache = Arc::new(Cache::new(app.config.rest.cache_bytes));
    let graphql = graphql::service(&app, Arc::clone(&cache));
    guarded(route.data(graphql).data(cache).data(Arc::clone(&app.monitor)).data(app))
}

/// Only what operators and their tools ask, for processes that serve nothing else.
pub fn probes(monitor: Arc<Monitor>) -> BoxEndpoint<'static> {
    guarded(at(watched(), "/", Resource::shared().get(metrics::show)).data(monitor))
}

/// Metrics and probes.
fn probed() -> Vec<(String, Resource)> {
    vec![
        (format!("{PREFIX}/monitor/metrics"), Resource::shared().get(metrics::show)),
        ("/metrics".to_owned(), Resource::shared().get(metrics::show)),
        ("/healthz".to_owned(), Resource::shared().get(health::healthz)),
        ("/readyz".to_owned(), Resource::shared().get(health::readyz)),
    ]
}

fn watched() -> Route {
    probed().into_iter().fold(Route::new(), |route, (path, resource)| at(route, &path, resource))
}

/// Adds a route whose requests are measured under its pattern.
fn at<E: Endpoint<Output = poem::Response> + 'static>(route: Route, pattern: &str, endpoint: E) -> Route {
    route.at(pattern, Routed::new(pattern, endpoint))
}

/// What every answer goes through.
fn guarded<E: Endpoint<Output: IntoResponse> + 'static>(api: E) -> BoxEndpoint<'static> {
    let api = api
        .before(origin::note)
        .catch_all_error(failure::of_framework)
        .with(CatchPanic::new().with_handler(panicked))
        .map_to_response()
        .boxed();
    let (api, lost) = (Arc::new(api), Durations::of_the_lost());
    let answer = move |request| request_log::write(Arc::clone(&api), Arc::clone(&lost), request);
    poem::endpoint::make(answer).map_to_response().boxed()
}

#[expect(clippy::needless_pass_by_value, reason = "the signature is the framework's")]
fn panicked(cause: Box<dyn std::any::Any + Send>) -> poem::Response {
    let text = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| cause.downcast_ref::<String>().cloned());
    failure::internal(&format!("a handler panicked: {}", text.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use poem::http::{Method, StatusCode};
    use poem::{Request, handler};

    use super::super::durations;
    use super::*;

    /// Every path (parameters in braces) with every method but those that come by themselves.
    fn operations() -> BTreeSet<(String, String)> {
        let versioned = resources().into_iter().map(|(path, resource)| (format!("{PREFIX}{path}"), resource));
        let others = shared().into_iter().map(|(path, resource)| (path.to_owned(), resource)).chain(probed());
        let all = versioned.chain(others).flat_map(|(pattern, resource)| {
            let path = pattern.split('/').map(durations::without_colon).collect::<Vec<_>>().join("/");
            let methods =
                resource.allowed().into_iter().filter(|method| !matches!(*method, Method::HEAD | Method::OPTIONS));
            methods.map(|method| (path.clone(), method.to_string())).collect::<Vec<_>>()
        });
        all.collect()
    }

    #[test]
    fn the_document_describes_every_route_and_no_other() {
        let document = openapi::document("https://mbs.example.com");
        let paths = document["paths"].as_object().unwrap().iter();
        let described: BTreeSet<_> = paths
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(move |method| (path.clone(), method.to_uppercase()))
            })
            .collect();
        let routes = operations();
        let only = |a: &BTreeSet<_>, b: &BTreeSet<_>| a.difference(b).cloned().collect::<Vec<(String, String)>>();
        assert_eq!(only(&routes, &described), [], "not described");
        assert_eq!(only(&described, &routes), [], "no such route");
    }

    #[handler]
    fn broken() {
        panic!("secret");
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_that_tells_nothing() {
        let answer = guarded(Route::new().at("/", broken)).get_response(Request::default()).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = answer.into_body().into_string().await.unwrap();
        assert!(body.contains("The service failed to answer") && !body.contains("secret"), "{body}");
    }
}
