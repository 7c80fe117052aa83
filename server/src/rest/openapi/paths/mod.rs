//! Operations: a file a resource. To describe a new one: a file beside the others and a line in [`all`]; a test compares them
//! with the routes.

mod about;
mod audit_events;
mod component_builds;
mod documents;
mod final_modulemd;
mod graphql;
mod import_module;
mod messages;
mod module_builds;
mod monitor;
mod progress;
mod rebuild_strategies;
mod submit;
mod tokens;

use super::operation::Operation;

/// Groups of operations, in the order in which they are shown.
pub const TAGS: [(&str, &str); 8] = [
    ("Module builds", "Submitting modules, and following and cancelling their builds."),
    ("Component builds", "Components of module builds, and their logs."),
    ("Users", "Who is asking, and tokens for scripts."),
    ("Service", "What the service can do."),
    ("Final documents", "What Koji gets to know of a build."),
    ("GraphQL", "The same data, as much of it as a query asks for."),
    ("Operation", "What operators and their tools ask."),
    ("Documentation", "This description."),
];

/// All operations.
pub fn all() -> Vec<Operation> {
    let groups = [
        module_builds::all(),
        submit::all(),
        progress::all(),
        import_module::all(),
        component_builds::all(),
        messages::all(),
        tokens::all(),
        about::all(),
        rebuild_strategies::all(),
        final_modulemd::all(),
        graphql::all(),
        audit_events::all(),
        monitor::all(),
        documents::all(),
    ];
    groups.into_iter().flatten().collect()
}
