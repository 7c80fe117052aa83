//! `Node`: whatever has an id that is unique over all types.

use async_graphql::{Context, ID, Interface, Result};

use super::component_build::ComponentBuild;
use super::error::invalid;
use super::id::{COMPONENT_BUILD, MODULE_BUILD, number};
use super::load;
use super::module_build::ModuleBuild;

/// Something that has an id which is unique over all types.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Its id, unique over all types."))]
pub enum Node {
    /// A module build.
    ModuleBuild(ModuleBuild),
    /// A component.
    ComponentBuild(ComponentBuild),
}

/// The object with this id, if it is there.
pub async fn node(context: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let loaders = load::of(context);
    match id.split_once(':') {
        Some((MODULE_BUILD, _)) => {
            let build = loaders.build(number(MODULE_BUILD, id)?).await?;
            Ok(build.map(|build| Node::ModuleBuild(ModuleBuild(build))))
        }
        Some((COMPONENT_BUILD, _)) => {
            let component = loaders.component(number(COMPONENT_BUILD, id)?).await?;
            Ok(component.map(|component| Node::ComponentBuild(ComponentBuild(component))))
        }
        _ => Err(invalid("This is no id of a node; take it from the field `id`")),
    }
}
