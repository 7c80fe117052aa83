//! The recorder of the process: collects what all crates count, whoever asks for it.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::names;

/// Samples of histograms are sorted into their buckets this often; until then each takes some bytes.
const UPKEEP: Duration = Duration::from_secs(5);

/// The recorder, installed by the first who asks. What was counted before is lost.
pub(super) fn install() -> &'static PrometheusHandle {
    static INSTALLED: OnceLock<PrometheusHandle> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let recorder = builder().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("something else collects the metrics of this process; they are not shown");
        }
        names::describe();
        keep_up(handle.clone());
        handle
    })
}

fn builder() -> PrometheusBuilder {
    names::HISTOGRAMS.into_iter().fold(PrometheusBuilder::new(), |builder, (name, _, buckets)| {
        match builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets) {
            Ok(builder) => builder,
            Err(_) => unreachable!("no list of buckets is empty"),
        }
    })
}

/// On a thread of its own, so that it does not end with the runtime that happened to be the first.
fn keep_up(handle: PrometheusHandle) {
    let upkeep = move || {
        loop {
            std::thread::sleep(UPKEEP);
            handle.run_upkeep();
        }
    };
    if let Err(error) = std::thread::Builder::new().name("metrics".to_owned()).spawn(upkeep) {
        tracing::warn!(%error, "metrics take more and more memory until they are read");
    }
}
