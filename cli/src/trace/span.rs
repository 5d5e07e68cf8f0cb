//! A span, as the functions write it into their logs: OTLP's JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A part of what a request led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Span {
    pub(super) trace_id: String,
    pub(super) span_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) parent_span_id: String,
    pub(super) service: String,
    pub(super) name: String,
    pub(super) start_ns: u64,
    pub(super) end_ns: u64,
    pub(super) has_failed: bool,
    /// Of a projection: how long after the commit was recorded it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lag_ms: Option<u64>,
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    resource: Resource,
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Deserialize)]
struct Resource {
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
struct ScopeSpans {
    spans: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    trace_id: String,
    span_id: String,
    #[serde(default)]
    parent_span_id: String,
    name: String,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    #[serde(default)]
    attributes: Vec<Attribute>,
    #[serde(default)]
    status: Value,
}

#[derive(Deserialize)]
struct Attribute {
    key: String,
    value: Value,
}

/// OTLP's number for a span that has failed.
const ERROR: u64 = 2;

/// The spans in a line of a log; most lines have none.
pub(super) fn spans(line: &str) -> Vec<Span> {
    let Ok(Line { resource_spans }) = serde_json::from_str(line) else { return Vec::new() };
    let of_resource = |ResourceSpans { resource, scope_spans }| {
        let service = attributes(&resource.attributes).remove("service.name").unwrap_or_default();
        let written = scope_spans.into_iter().flat_map(|scope: ScopeSpans| scope.spans);
        written.map(|written| written.read(&service)).collect::<Vec<_>>()
    };
    resource_spans.into_iter().flat_map(of_resource).collect()
}

impl Written {
    fn read(self, service: &str) -> Span {
        let attributes = attributes(&self.attributes);
        Span {
            lag_ms: attributes.get("passbook.lag_ms").and_then(|ms| ms.parse().ok()),
            trace_id: self.trace_id,
            span_id: self.span_id,
            parent_span_id: self.parent_span_id,
            service: service.to_owned(),
            name: self.name,
            start_ns: self.start_time_unix_nano.parse().unwrap_or_default(),
            end_ns: self.end_time_unix_nano.parse().unwrap_or_default(),
            has_failed: self.status["code"].as_u64() == Some(ERROR),
            attributes,
        }
    }
}

/// Values of every type as texts.
fn attributes(attributes: &[Attribute]) -> BTreeMap<String, String> {
    let text = |value: &Value| {
        let value = value.as_object().and_then(|typed| typed.values().next())?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    attributes.iter().filter_map(|attribute| Some((attribute.key.clone(), text(&attribute.value)?))).collect()
}
