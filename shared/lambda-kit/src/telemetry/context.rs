//! W3C trace contexts, as they come and go in headers and are kept with commits.

use std::collections::HashMap;

use opentelemetry::{
    Context,
    propagation::TextMapPropagator as _,
    trace::{SpanContext, TraceContextExt as _},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Makes a span that was not entered yet part of the trace of this context; of a trace of its own if it is none.
pub fn continue_trace(span: &Span, traceparent: &str) {
    // Without a subscriber there is no trace to be part of.
    let _ = span.set_parent(context_of(traceparent));
}

/// What a header says.
pub(super) fn context_of(traceparent: &str) -> Context {
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    TraceContextPropagator::new().extract(&carrier)
}

/// The context of a span; `None` if nothing is traced in this process.
#[must_use]
pub fn traceparent(span: &Span) -> Option<String> {
    let context = span_context(span)?;
    let (trace_id, span_id) = (context.trace_id(), context.span_id());
    Some(format!("00-{trace_id}-{span_id}-{:02x}", context.trace_flags()))
}

/// The trace of a span; `None` if nothing is traced in this process.
#[must_use]
pub fn trace_id(span: &Span) -> Option<String> {
    Some(span_context(span)?.trace_id().to_string())
}

/// Calls a span that has begun by another name.
pub fn rename(span: &Span, name: &str) {
    span.context().span().update_name(name.to_owned());
}

fn span_context(span: &Span) -> Option<SpanContext> {
    Some(span.context().span().span_context().clone()).filter(SpanContext::is_valid)
}
