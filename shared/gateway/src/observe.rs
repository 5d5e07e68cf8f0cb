//! What came of each request: a span in the trace of whoever asked, a line in the log, and metrics.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use application::ports::Environment as _;
use domain::Timestamp;
use event_store::{Capacity, CapacityMeter};
use http_api::{Answered, RequestId};
use lambda_http::{
    IntoResponse, Request, Service,
    http::{HeaderName, HeaderValue, Response},
};
use lambda_kit::{
    SystemEnvironment,
    metrics::{Metrics, Unit, cold_start},
    telemetry,
};
use serde_json::json;
use tracing::{Instrument as _, Span, field::Empty};

use crate::identity::identify;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A service that is told who asks, and whose every answer is told of.
#[derive(Clone)]
pub(crate) struct Observed<S> {
    name: &'static str,
    service: S,
    meter: CapacityMeter,
}

impl<S> Observed<S> {
    /// The requests of this service, and with each what the meter has counted meanwhile.
    pub(crate) fn new(name: &'static str, service: S, meter: CapacityMeter) -> Self {
        Self { name, service, meter }
    }
}

impl<S, B> Service<Request> for Observed<S>
where
    S: Service<Request, Response = Response<B>, Error = Infallible>,
    S::Future: Send + 'static,
    Response<B>: IntoResponse,
    B: 'static,
{
    type Response = Response<B>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<B>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let mut request = identify(request);
        let asked = Asked {
            service: self.name,
            span: span(&mut request),
            meter: self.meter.clone(),
            before: self.meter.read(),
            began: SystemEnvironment.now(),
        };
        cold_start::log_once(asked.began);
        let answer = self.service.call(request).instrument(asked.span.clone());
        Box::pin(async move {
            let response = answer.await?;
            asked.tell(&response);
            Ok(response)
        })
    }
}

/// The span of a request, in the trace that it came with; and what it leads to is in this span's.
fn span(request: &mut Request) -> Span {
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.as_str());
    let span = tracing::info_span!(
        "request",
        otel.kind = "server",
        otel.status_code = Empty,
        http.route = Empty,
        http.response.status_code = Empty,
        request_id,
        trace_id = Empty,
        command_id = Empty,
    );
    if let Some(traceparent) = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok()) {
        telemetry::continue_trace(&span, traceparent);
    }
    if let Some(own) = telemetry::traceparent(&span).and_then(|own| HeaderValue::from_str(&own).ok()) {
        request.headers_mut().insert(TRACEPARENT, own);
    }
    if let Some(trace_id) = telemetry::trace_id(&span) {
        span.record("trace_id", trace_id);
    }
    span
}

/// A request that is being answered.
struct Asked {
    service: &'static str,
    span: Span,
    meter: CapacityMeter,
    before: Capacity,
    began: Timestamp,
}

impl Asked {
    fn tell<B>(&self, response: &Response<B>) {
        let Some(answered) = response.extensions().get::<Answered>() else { return };
        let (status, now) = (response.status(), SystemEnvironment.now());
        let (took, used) = (self.began.until(now), self.meter.read().since(self.before));
        telemetry::rename(&self.span, &answered.route);
        self.span.record("http.route", &answered.route);
        self.span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            self.span.record("otel.status_code", "error");
        }
        self.span.in_scope(|| log(answered, status.as_u16(), took, used));
        metrics(self.service, answered, used).log(now);
    }
}

/// No account, no amount, nobody's name: what is at info is kept and read by many.
fn log(answered: &Answered, status: u16, took: Duration, used: Capacity) {
    tracing::info!(
        route = answered.route,
        status,
        code = answered.code,
        replayed = answered.is_replay,
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        read_units = used.read_units,
        write_units = used.write_units,
        conflicts = used.conflicts,
        "answered"
    );
}

/// Requests by what they asked for and what came of them; and of all of a function's, what they cost and met, unless it
/// is nothing.
fn metrics(service: &'static str, answered: &Answered, used: Capacity) -> Metrics {
    let used = [
        ("Replays", json!(u64::from(answered.is_replay)), answered.is_replay),
        ("Appends", json!(used.appends.saturating_sub(used.conflicts)), used.appends > used.conflicts),
        ("Conflicts", json!(used.conflicts), used.conflicts > 0),
        ("Retries", json!(used.appends.saturating_sub(1)), used.appends > 1),
        ("Throttles", json!(used.throttled), used.throttled > 0),
        ("ReadUnits", json!(used.read_units), used.read_units > 0.0),
        ("WriteUnits", json!(used.write_units), used.write_units > 0.0),
    ];
    let told = used.into_iter().filter(|(.., is_any)| *is_any);
    Metrics::default()
        .with(
            &[("Route", &answered.route), ("Outcome", answered.outcome())],
            [("Requests", Unit::Count, json!(1))],
        )
        .with(&[("Service", service)], told.map(|(name, value, _)| (name, Unit::Count, value)))
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    use application::commands::Commands;
    use lambda_http::request::from_str;
    use serde_json::Value;
    use testing::{MemoryEventStore, TestEnvironment};

    use super::*;

    fn answered(code: Option<&'static str>, is_failure: bool) -> Answered {
        let route = "POST /v1/accounts/{account_id}/deposits".to_owned();
        Answered { route, code, is_replay: false, is_failure }
    }

    #[test]
    fn a_request_is_counted_by_route_and_outcome_and_what_it_used_by_function() {
        let used =
            Capacity { write_units: 2.0, read_units: 1.0, appends: 3, conflicts: 2, ..Capacity::default() };
        let line = metrics("command-api", &answered(Some("insufficient_funds"), false), used);
        let line = line.line("2026-11-24T09:30:01Z".parse().unwrap()).unwrap();
        let told =
            ["Route", "Outcome", "Requests", "Service", "Conflicts", "Retries", "ReadUnits", "WriteUnits"];
        assert_eq!(
            told.map(|name| line[name].clone()),
            [
                json!("POST /v1/accounts/{account_id}/deposits"),
                json!("refused"),
                json!(1),
                json!("command-api"),
                json!(2),
                json!(2),
                json!(1.0),
                json!(2.0),
            ]
        );
        let failed = metrics("command-api", &answered(Some("unavailable"), true), used);
        assert_eq!(failed.line("2026-11-24T09:30:01Z".parse().unwrap()).unwrap()["Outcome"], "failed");
    }

    /// What is logged, as it is written.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Lines {
        fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
            let writer = self.clone();
            let logs = tracing_subscriber::fmt().json().with_span_list(false).without_time();
            logs.with_writer(move || writer.clone()).finish()
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn event(path: &str, body: &Value) -> Request {
        let event = include_str!("identity/command.json").replace("GROUPS", "[]");
        let mut event: Value = serde_json::from_str(&event).unwrap();
        event["rawPath"] = json!(path);
        event["requestContext"]["http"]["path"] = json!(path);
        event["body"] = json!(body.to_string());
        from_str(&event.to_string()).unwrap()
    }

    #[tokio::test]
    async fn an_answer_is_logged_by_its_route_and_nobody_and_no_amount_is_named() {
        let lines = Lines::default();
        let logged = tracing::subscriber::set_default(lines.subscriber());
        let commands = Commands::new(MemoryEventStore::default(), TestEnvironment::default());
        let service = http_api::router(http_api::command_routes(Arc::new(commands)));
        let mut observed = Observed::new("command-api", service, CapacityMeter::default());
        let open = json!({ "account_id": "marked-account", "account_type": "SAVINGS", "initial_deposit": "4711.37" });
        let response = observed.call(event("/v1/accounts", &open)).await.unwrap();
        assert_eq!(response.status(), 201);
        let deposit = json!({ "amount": "1234.56", "reference": "marked words" });
        let response = observed.call(event("/v1/accounts/marked-account/deposits", &deposit)).await.unwrap();
        // The same key, as the recorded event has it.
        assert_eq!(response.status(), 422);
        drop(logged);
        let written = lines.text();
        for private in ["marked-account", "marked words", "4711.37", "1234.56", "7f6ac884"] {
            assert!(!written.contains(private), "{private} in {written}");
        }
        let told: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told: Vec<_> = told.iter().filter(|line| line["fields"]["message"] == "answered").collect();
        assert_eq!(told.len(), 2, "{written}");
        assert_eq!(told[0]["fields"]["route"], "POST /v1/accounts");
        assert_eq!(told[0]["fields"]["status"], 201);
        assert_eq!(told[0]["span"]["request_id"], "JKJaXmPLvHcESHA=");
        assert_eq!(told[1]["fields"]["route"], "POST /v1/accounts/{account_id}/deposits");
        assert_eq!(told[1]["fields"]["code"], "idempotency_key_reused");
    }

    /// What `passbook cost` goes by: the line of a deposit's log, and that of its metrics.
    #[test]
    fn a_request_leaves_as_many_bytes_of_logs_as_are_reckoned_with() {
        let lines = Lines::default();
        let used = Capacity { write_units: 2.0, read_units: 1.0, appends: 1, ..Capacity::default() };
        let answered = answered(None, false);
        tracing::subscriber::with_default(lines.subscriber(), || {
            let event = include_str!("identity/command.json").replace("GROUPS", "[]");
            let span = span(&mut identify(from_str(&event).unwrap()));
            span.record("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736");
            span.record("command_id", "0192f7c1-5b0e-8a56-8dc3-309bd5e30b79");
            span.record("http.route", &answered.route);
            span.record("http.response.status_code", 201);
            span.in_scope(|| log(&answered, 201, Duration::from_millis(12), used));
        });
        let metrics = metrics("command-api", &answered, used).line("2026-11-24T09:30:01Z".parse().unwrap());
        let bytes = lines.text().len() + metrics.unwrap().to_string().len();
        let usage: Value = serde_json::from_str(include_str!("../../../cli/src/cost/usage.json")).unwrap();
        let said: usize = usage["logs"]["request_bytes"]["value"].as_str().unwrap().parse().unwrap();
        assert!((said * 9 / 10..=said).contains(&bytes), "{bytes} bytes, logs.request_bytes says {said}");
    }
}
