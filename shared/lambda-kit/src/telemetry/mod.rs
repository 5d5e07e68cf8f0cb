//! Logs and traces: JSON lines on the standard output, which Lambda takes over as they are. Nothing is sent anywhere, so
//! nothing of it can be slow or fail a request.

mod context;
mod projected;
mod spans;

use std::{sync::OnceLock, time::Instant};

use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::filter_fn, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::metrics::cold_start;

pub use context::{continue_trace, rename, trace_id, traceparent};
pub use projected::projected;

/// Whose spans are traced: the runtime has one of its own around each, which would make a trace of every batch.
const SPANS_OF: [&str; 2] = ["gateway", "event_store"];

/// This program's name and when it began, once it has.
static PROGRAM: OnceLock<(&str, Instant)> = OnceLock::new();

/// Starts logs and traces of this program, in the name of its package.
///
/// `RUST_LOG` says what is logged (`info` if it says nothing), `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` which
/// requests are traced (all, if they say nothing; a request that comes with a trace context decides that itself).
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
pub fn init(service: &'static str) {
    let _ = PROGRAM.set((service, Instant::now()));
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Lambda adds the time.
    let logs = tracing_subscriber::fmt::layer().json().with_span_list(false).without_time();
    let resource = Resource::builder().with_service_name(service).build();
    let provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_simple_exporter(spans::Lines::default())
        .build();
    global::set_tracer_provider(provider.clone());
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(service))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    let is_ours = filter_fn(|metadata| {
        let is_span = metadata.is_span() && *metadata.level() <= LevelFilter::INFO;
        is_span && SPANS_OF.iter().any(|module| metadata.target().starts_with(module))
    });
    // A second start in one process would only say the same twice.
    let _ = tracing_subscriber::registry()
        .with(logs.with_filter(filter))
        .with(traces.with_filter(is_ours))
        .try_init();
    cold_start::mark("telemetry");
}

/// The name of this program, as it was given to [`init`].
#[must_use]
pub fn service() -> &'static str {
    PROGRAM.get().map_or("passbook", |(service, _)| service)
}

/// How long this program has run, in microseconds.
pub(crate) fn running_micros() -> u64 {
    PROGRAM.get().map_or(0, |(_, began)| u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX))
}
