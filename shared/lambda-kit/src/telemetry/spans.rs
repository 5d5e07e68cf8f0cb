//! Spans as lines: OTLP's JSON, an `ExportTraceServiceRequest` a line, which any collector takes from a log.

use std::io::Write as _;

use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{
        common::tonic::ResourceAttributesWithSchema, trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};

/// Writes each span that has ended as one line on the standard output.
#[derive(Debug, Default)]
pub(super) struct Lines {
    resource: ResourceAttributesWithSchema,
}

impl SpanExporter for Lines {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let line = line(batch, &self.resource).map_err(failed)?;
        writeln!(std::io::stdout().lock(), "{line}").map_err(failed)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

fn line(batch: Vec<SpanData>, resource: &ResourceAttributesWithSchema) -> serde_json::Result<String> {
    let resource_spans = group_spans_by_resource_and_scope(batch, resource);
    serde_json::to_string(&ExportTraceServiceRequest { resource_spans })
}

fn failed(error: impl std::error::Error) -> OTelSdkError {
    OTelSdkError::InternalFailure(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry::{
        KeyValue,
        trace::{Span as _, Tracer as _, TracerProvider as _},
    };
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use serde_json::Value;

    use super::*;

    #[derive(Clone, Debug, Default)]
    struct Kept(Arc<Mutex<Vec<SpanData>>>);

    impl SpanExporter for Kept {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.lock().unwrap().extend(batch);
            Ok(())
        }
    }

    #[test]
    fn a_span_is_a_line_of_otlp() {
        let kept = Kept::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
        let tracer = provider.tracer("relay");
        tracer.start("project journal").end();
        let spans = std::mem::take(&mut *kept.0.lock().unwrap());
        let (trace_id, span_id) = (spans[0].span_context.trace_id(), spans[0].span_context.span_id());
        let resource = (&Resource::builder_empty().with_service_name("relay").build()).into();
        let line = line(spans, &resource).unwrap();
        assert!(!line.contains('\n'));

        let line: Value = serde_json::from_str(&line).unwrap();
        let of_resource = &line["resourceSpans"][0];
        assert_eq!(of_resource["resource"]["attributes"][0]["value"]["stringValue"], "relay");
        let span = &of_resource["scopeSpans"][0]["spans"][0];
        assert_eq!(span["name"], "project journal");
        assert_eq!(span["traceId"], trace_id.to_string());
        assert_eq!(span["spanId"], span_id.to_string());
        // OTLP's JSON has numbers of 64 bits as texts.
        assert!(span["startTimeUnixNano"].as_str().unwrap().parse::<u64>().is_ok());
    }

    /// What `passbook cost` goes by: the span of a commit's projection.
    #[test]
    fn a_span_leaves_as_many_bytes_of_logs_as_are_reckoned_with() {
        let kept = Kept::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
        let attributes = [
            KeyValue::new("passbook.projection", "transaction-history"),
            KeyValue::new("passbook.stream", "account-019ab1c2-d3e4-7f56-8a9b-0c1d2e3f4a5b"),
            KeyValue::new("passbook.version", 1_234),
            KeyValue::new("passbook.lag_ms", 850),
        ];
        let tracer = provider.tracer("history-projector");
        let builder = tracer.span_builder("project transaction-history").with_attributes(attributes);
        tracer.build(builder).end();
        let spans = std::mem::take(&mut *kept.0.lock().unwrap());
        let resource = (&Resource::builder().with_service_name("history-projector").build()).into();
        let bytes = line(spans, &resource).unwrap().len();
        let usage: Value = serde_json::from_str(include_str!("../../../../cli/src/cost/usage.json")).unwrap();
        let said: usize = usage["logs"]["span_bytes"]["value"].as_str().unwrap().parse().unwrap();
        assert!((said * 9 / 10..=said).contains(&bytes), "{bytes} bytes, logs.span_bytes says {said}");
    }
}
