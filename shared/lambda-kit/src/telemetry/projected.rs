//! What a projection did with one commit, in the trace of the request that made it.

use std::{
    ops::Range,
    time::{Duration, SystemTime},
};

use application::Origin;
use domain::Timestamp;
use opentelemetry::{
    KeyValue, global,
    trace::{Span as _, SpanKind, Status, Tracer as _},
};

use super::{context::context_of, service};

/// Tells of a commit that was projected, or not, in this time. One that came without a trace context is told of nowhere.
///
/// A batch has commits of many requests; so each has a span by itself, made when it is known whose they are.
pub fn projected(projection: &str, origin: &Origin, during: Range<Timestamp>, has_failed: bool) {
    let Some(traceparent) = &origin.traceparent else { return };
    let lag_ms = i64::try_from(origin.age(during.end).as_millis()).unwrap_or(i64::MAX);
    let attributes = [
        KeyValue::new("passbook.projection", projection.to_owned()),
        KeyValue::new("passbook.commit", origin.commit.clone()),
        KeyValue::new("passbook.version", i64::try_from(origin.version).unwrap_or(i64::MAX)),
        KeyValue::new("passbook.lag_ms", lag_ms),
    ];
    let tracer = global::tracer(service());
    let builder = tracer
        .span_builder(format!("project {projection}"))
        .with_kind(SpanKind::Consumer)
        .with_start_time(system_time(during.start))
        .with_attributes(attributes);
    let mut span = builder.start_with_context(&tracer, &context_of(traceparent));
    if has_failed {
        span.set_status(Status::error("it will come again"));
    }
    span.end_with_timestamp(system_time(during.end));
}

fn system_time(at: Timestamp) -> SystemTime {
    let micros = u64::try_from(at.as_micros()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}
