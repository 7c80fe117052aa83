//! How heavy components are: the heaviest are started first.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Context, JobError};

/// Weight of a component about which nothing is known; Koji's weight of a task that builds for one architecture, and of one that
/// makes a source package.
pub const DEFAULT: f64 = 1.5;

/// What an hour adds to the weight of a task, and the most that time adds.
const AN_HOUR: f64 = 0.75;
const MOST: f64 = 4.5;

/// The weights of components by name, from how long their builds take on average.
pub async fn of(context: &Context, components: &[String]) -> Result<BTreeMap<String, f64>, JobError> {
    let times = context.builder.average_build_times(components).await?;
    let arches = context.settings.arches.len();
    let weight = |name: &String| (name.clone(), times.get(name).map_or(DEFAULT, |time| of_time(*time, arches)));
    Ok(components.iter().map(weight).collect())
}

/// A task for each architecture, and one that makes the source package.
fn of_time(time: Duration, arches: usize) -> f64 {
    if time.is_zero() {
        return DEFAULT;
    }
    let task = DEFAULT + (time.as_secs_f64() / 3600.0 * AN_HOUR).min(MOST);
    let arches = u32::try_from(arches).map_or(f64::MAX, f64::from);
    task * arches + DEFAULT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_grow_with_time_and_architectures_up_to_a_bound() {
        let weight = |seconds, arches| (of_time(Duration::from_secs(seconds), arches) * 1000.0).round() / 1000.0;
        for (seconds, arches, expected) in [
            (0, 4, 1.5),
            (1200, 1, 3.25),
            (3600, 2, 6.0),
            (6 * 3600, 1, 7.5),
            (600 * 3600, 1, 7.5),
            (600 * 3600, 4, 25.5),
        ] {
            assert!((weight(seconds, arches) - expected).abs() < 1e-9, "{seconds} s, {arches}");
        }
    }
}
