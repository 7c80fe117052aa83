//! `GET …/final-modulemd/{id}`: the documents as Koji gets them, one an architecture.

use entities::module_build;
use poem::web::Data;
use poem::{Response, handler};
use sea_orm::{EntityTrait, QuerySelect};

use super::failure::Failure;
use super::query::Id;
use crate::App;
use crate::config::System;
use crate::service::ServiceError;

/// Only Koji has such documents; asking it for them is not possible yet.
#[handler]
pub async fn show(app: Data<&App>, id: Id) -> Result<Response, Failure> {
    let known = module_build::Entity::find_by_id(id.0).select_only().column(module_build::Column::Id);
    let known: Option<i32> = known.into_tuple().one(&app.db).await?;
    if known.is_none() {
        return Err(Failure::invalid("The module could not be found"));
    }
    if app.config.builder.system == System::Koji {
        return Err(ServiceError::Unavailable("The build system cannot be reached".to_owned()).into());
    }
    Err(Failure::invalid("Configured builder not able to generate final modulemds!"))
}
