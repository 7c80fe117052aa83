//! Every metric that is counted where it happens: its meaning, and the bounds of its buckets.

use builders::OPERATION_DURATION;
use entities::db;
use jobs::measure::{
    BUILDS_FAILED, BUILDS_SUCCESS, FailedBy, JOB_DURATION, OUTBOX_DELAY, QUEUE_WAIT, RX, RX_FAILED, RX_OK, TX,
    TX_FAILED, TX_OK, WEBHOOK_ATTEMPTS, WebhookAttempt,
};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};

use super::exposition::{Exposition, Kind};

/// Seconds that requests took, by route, method and class of the status.
pub const REQUEST_DURATION: &str = "http_request_duration_seconds";

/// Streams of events that clients follow at this process.
pub const EVENT_STREAMS: &str = "event_streams";
/// Streams that were ended because their clients took events too slowly.
pub const EVENT_STREAMS_DROPPED: &str = "event_streams_dropped_total";

/// Counters without labels, under the names and with the sentences of the Python service.
const COUNTERS: [(&str, &str); 7] = [
    (RX, "Total number of messages received"),
    (RX_OK, "Number of received messages, which were processed successfully"),
    (RX_FAILED, "Number of received messages, which failed during processing"),
    (TX, "Total number of messages to send"),
    (TX_OK, "Number of messages, which were sent successfully"),
    (TX_FAILED, "Number of messages, for which the sender failed"),
    (BUILDS_SUCCESS, "Number of successful builds"),
];

/// From half a millisecond to half a minute.
const REQUESTS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// From milliseconds to the hours that builds take.
const WORK: &[f64] =
    &[0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0];

/// From a wake-up that is heard at once to a day without workers or bus.
const WAITS: &[f64] =
    &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0];

/// Name, meaning, and upper bounds of buckets.
pub(super) const HISTOGRAMS: [(&str, &str, &[f64]); 5] = [
    (REQUEST_DURATION, "Seconds from the head of a request to the head of its answer", REQUESTS),
    (QUEUE_WAIT, "Seconds from when a job was due until a worker began it", WAITS),
    (JOB_DURATION, "Seconds that a job took", WORK),
    (OPERATION_DURATION, "Seconds that an operation of the build system took", WORK),
    (OUTBOX_DELAY, "Seconds from when a message was written until the bus had taken it", WAITS),
];

/// Says what everything means, and shows as 0 what has not happened yet.
pub(super) fn describe() {
    for (name, help) in COUNTERS {
        describe_counter!(name, help);
        counter!(name).absolute(0);
    }
    describe_counter!(BUILDS_FAILED, "Number of failed builds");
    for by in FailedBy::ALL {
        counter!(BUILDS_FAILED, "reason" => by.name()).absolute(0);
    }
    describe_counter!(WEBHOOK_ATTEMPTS, "Attempts to deliver an event to a webhook");
    for became in WebhookAttempt::ALL {
        counter!(WEBHOOK_ATTEMPTS, "outcome" => became.name()).absolute(0);
    }
    describe_gauge!(EVENT_STREAMS, "Streams of events that clients follow");
    gauge!(EVENT_STREAMS).increment(0.0);
    describe_counter!(EVENT_STREAMS_DROPPED, "Streams that ended because their clients took events too slowly");
    counter!(EVENT_STREAMS_DROPPED).absolute(0);
    for (name, help, _) in HISTOGRAMS {
        describe_histogram!(name, help);
    }
}

/// What happened on the connections to the database.
pub(super) fn write_database_events(text: &mut Exposition) {
    let events = db::events();
    let counters = [
        ("db_dbapi_error_total", "Number of DBAPI errors", events.errors),
        ("db_engine_connect_total", "Number of 'engine_connect' events", events.connections),
        ("db_handle_error_total", "Number of exceptions during connection", events.errors + events.unreachable),
        ("db_transaction_rollback_total", "Number of transactions, which were rolled back", events.rollbacks),
    ];
    for (name, help, value) in counters {
        text.single(Kind::Counter, name, help, value);
    }
}
