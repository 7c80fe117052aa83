//! Filters and orders of components: those of REST, by the same names.

use async_graphql::{Enum, ID, InputObject, Result};

use super::error::Told as _;
use super::id::{COMPONENT_BUILD, MODULE_BUILD};
use super::load::components::Components;
use super::paging::{Chosen, query, text_of};
use super::pairs::Pairs;
use super::scalars::ComponentState;
use crate::rest::query::{component_build_filter, component_build_order};

/// Which components: all conditions have to hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ComponentBuildFilter {
    /// In one of these states.
    pub state: Option<Vec<ComponentState>>,
    /// Of this source package.
    pub package: Option<String>,
    /// Of this module build.
    pub module_build: Option<ID>,
    /// From this address.
    pub scmurl: Option<String>,
    /// Of this kind; always `rpms`.
    pub format: Option<String>,
    /// With this task of the build system.
    pub task_id: Option<i64>,
    /// From this commit.
    #[graphql(name = "ref")]
    pub reference: Option<String>,
    /// With this reason of the state.
    pub state_reason: Option<String>,
    /// With this name, version and release.
    pub nvr: Option<String>,
    /// Tagged into the buildroot, or not.
    pub tagged: Option<bool>,
    /// Tagged as part of the result, or not.
    pub tagged_in_final: Option<bool>,
    /// Used while building only, or not.
    pub build_time_only: Option<bool>,
    /// Not part of the result, or part of it.
    pub buildonly: Option<bool>,
    /// Of this batch.
    pub batch: Option<i64>,
    /// That took over this component.
    pub reused_component_id: Option<ID>,
    /// Of this weight.
    pub weight: Option<f64>,
}

/// What components can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ComponentBuildOrder {
    /// Number, which is the order in which they came.
    Id,
    /// `package` of REST.
    Package,
    /// `scmurl` of REST.
    Scmurl,
    /// `format` of REST.
    Format,
    /// `task_id` of REST.
    TaskId,
    /// `ref` of REST.
    Ref,
    /// `state` of REST.
    State,
    /// `state_reason` of REST.
    StateReason,
    /// `nvr` of REST.
    Nvr,
    /// `tagged` of REST.
    Tagged,
    /// `tagged_in_final` of REST.
    TaggedInFinal,
    /// `build_time_only` of REST.
    BuildTimeOnly,
    /// `buildonly` of REST.
    Buildonly,
    /// `batch` of REST.
    Batch,
    /// `module_id` of REST.
    ModuleId,
    /// `reused_component_id` of REST.
    ReusedComponentId,
    /// `weight` of REST.
    Weight,
}

impl ComponentBuildOrder {
    fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Package => "package",
            Self::Scmurl => "scmurl",
            Self::Format => "format",
            Self::TaskId => "task_id",
            Self::Ref => "ref",
            Self::State => "state",
            Self::StateReason => "state_reason",
            Self::Nvr => "nvr",
            Self::Tagged => "tagged",
            Self::TaggedInFinal => "tagged_in_final",
            Self::BuildTimeOnly => "build_time_only",
            Self::Buildonly => "buildonly",
            Self::Batch => "batch",
            Self::ModuleId => "module_id",
            Self::ReusedComponentId => "reused_component_id",
            Self::Weight => "weight",
        }
    }
}

impl ComponentBuildFilter {
    /// As the query string of REST.
    pub fn pairs(&self) -> Result<Pairs> {
        let mut pairs = Pairs::default();
        for state in self.state.iter().flatten() {
            pairs.add("state", &state.number());
        }
        pairs.text("package", self.package.as_deref())?;
        pairs.id("module_build", MODULE_BUILD, self.module_build.as_ref())?;
        pairs.text("scmurl", self.scmurl.as_deref())?;
        pairs.text("format", self.format.as_deref())?;
        pairs.value("task_id", self.task_id);
        pairs.text("ref", self.reference.as_deref())?;
        pairs.text("state_reason", self.state_reason.as_deref())?;
        pairs.text("nvr", self.nvr.as_deref())?;
        pairs.value("tagged", self.tagged);
        pairs.value("tagged_in_final", self.tagged_in_final);
        pairs.value("build_time_only", self.build_time_only);
        pairs.value("buildonly", self.buildonly);
        pairs.value("batch", self.batch);
        pairs.id("reused_component_id", COMPONENT_BUILD, self.reused_component_id.as_ref())?;
        pairs.value("weight", self.weight);
        Ok(pairs)
    }
}

/// The rows that a filter and an order ask for; in the order in which they are built where they belong to a build and no other order
/// is asked for.
pub fn chosen(
    filter: Option<&ComponentBuildFilter>,
    order_by: Option<&[ComponentBuildOrder]>,
    order_desc_by: Option<&[ComponentBuildOrder]>,
    as_built: bool,
) -> Result<Chosen> {
    let mut pairs = filter.map(ComponentBuildFilter::pairs).transpose()?.unwrap_or_default();
    let text = text_of::<Components>(pairs.all());
    let is_ordered = order_by.or(order_desc_by).is_some_and(|order| !order.is_empty());
    if as_built && !is_ordered {
        pairs.add("order_by", "batch");
    } else {
        pairs.orders(
            order_by.map(|all| all.iter().map(|one| one.name())),
            order_desc_by.map(|all| all.iter().map(|one| one.name())),
        );
    }
    let query = query(pairs.into_all())?;
    Ok(Chosen {
        filter: component_build_filter(&query).told()?,
        base_module: None,
        sort: component_build_order(&query).told()?,
        text,
    })
}
