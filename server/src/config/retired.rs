//! Options of the Python service that mean nothing here. They are accepted, so that a configuration carries over, and
//! `config check` says why they have no effect.

use super::option::{Definition, Group, Kind};

pub(super) const GROUP: Group = Group { title: "Without effect", options: OPTIONS };

const CELERY: &str = "there is no Celery; see `QUEUE` and `WORKER_ROLES`";
const FLASK: &str = "there is no Flask";

const OPTIONS: &[Definition] = &[
    Definition::new("POLLING_INTERVAL", Kind::Int(0, i64::MAX), "600", "Seconds between polls.").ignored("see `UPKEEP_SECONDS`"),
    Definition::new("STRICT_MODULE_STATE_TRANSITIONS", Kind::Bool, "true", "Whether changes of states are checked.").ignored("changes of states are always checked"),
    Definition::new("NUM_WORKERS", Kind::Int(0, i64::MAX), "1", "Celery workers.").ignored(CELERY),
    Definition::new("CELERY_TASK_ALWAYS_EAGER", Kind::Bool, "false", "Celery.").ignored(CELERY),
    Definition::new("CELERY_TASK_ROUTES", Kind::List, "[module_build_service.scheduler.route.route_task]", "Celery.").ignored(CELERY),
    Definition::new("CELERY_WORKER_PREFETCH_MULTIPLIER", Kind::Int(0, i64::MAX), "1", "Celery.").ignored(CELERY),
    Definition::new("CELERY_BROKER_URL", Kind::Text, "", "Celery.").secret(super::option::Secrecy::Url).ignored(CELERY),
    Definition::new("CELERY_IMPORTS", Kind::List, "[module_build_service.scheduler.handlers.components, module_build_service.scheduler.handlers.modules, module_build_service.scheduler.handlers.repos, module_build_service.scheduler.handlers.tags, module_build_service.scheduler.producer]", "Celery.").ignored(CELERY),
    Definition::new("SECRET_KEY", Kind::Text, "", "Flask.").secret(super::option::Secrecy::Hidden).ignored(FLASK),
    Definition::new("SERVER_NAME", Kind::OptionalText, "null", "Flask.").ignored(FLASK),
    Definition::new("SQLALCHEMY_TRACK_MODIFICATIONS", Kind::Bool, "true", "SQLAlchemy.").ignored("there is no SQLAlchemy"),
    Definition::new("JSONIFY_PRETTYPRINT_REGULAR", Kind::Bool, "false", "Flask.").ignored(FLASK),
];
