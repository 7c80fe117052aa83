//! Who may do what.

use std::collections::BTreeSet;

use serde_json::Value;

use super::ServiceError;
use crate::App;
use crate::auth::User;

/// With `NO_AUTH`, `anonymous` may say who it is (`owner`); otherwise the parameter is refused.
pub fn in_the_name_of(app: &App, user: &User, owner: Option<&Value>) -> Result<User, ServiceError> {
    let Some(owner) = owner else { return Ok(user.clone()) };
    if !app.config.auth.no_auth {
        return Err(ServiceError::Invalid(
            "The request contains 'owner' parameter, however NO_AUTH is not allowed".to_owned(),
        ));
    }
    match owner {
        Value::String(name) if name.contains('\0') => {
            Err(ServiceError::Invalid("The \"owner\" parameter holds a NUL character".to_owned()))
        }
        Value::String(name) if user.name == "anonymous" => Ok(User { name: name.clone(), groups: user.groups.clone() }),
        Value::String(_) => Ok(user.clone()),
        _ => Err(ServiceError::Invalid("The \"owner\" parameter must be a string".to_owned())),
    }
}

/// Submitting and cancelling: users named in `ALLOWED_USERS`, and members of `ALLOWED_GROUPS` (everybody where that is empty).
pub fn may_submit(app: &App, user: &User) -> Result<(), ServiceError> {
    must_be_in(app, user, &app.config.auth.allowed_groups)
}

/// Importing: users named in `ALLOWED_USERS`, and members of `ALLOWED_GROUPS_TO_IMPORT_MODULE`.
pub fn may_import(app: &App, user: &User) -> Result<(), ServiceError> {
    must_be_in(app, user, &app.config.auth.allowed_groups_to_import_module)
}

fn must_be_in(app: &App, user: &User, allowed: &BTreeSet<String>) -> Result<(), ServiceError> {
    let member = allowed.is_empty() || user.groups.iter().any(|group| allowed.contains(group));
    if app.config.auth.allowed_users.contains(&user.name) || member {
        return Ok(());
    }
    Err(ServiceError::Forbidden(format!("{} is not in any of {:?}, only {:?}", user.name, allowed, user.groups)))
}

/// Members of `ADMIN_GROUPS`.
pub fn is_admin(app: &App, user: &User) -> bool {
    user.groups.iter().any(|group| app.config.auth.admin_groups.contains(group))
}
