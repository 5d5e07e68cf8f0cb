//! The HTTP API behind API Gateway: who calls, what came of it, and an answer whatever happens to the process.

mod identity;
mod observe;

use std::process::ExitCode;

use event_store::CapacityMeter;
use http_api::{Routes, router, stand_in_router};
use lambda_http::Error;
use lambda_kit::{metrics::cold_start, supervisor, telemetry};

use crate::observe::Observed;

/// Runs a function of the API, in the name of its package: `work` is what it does in its own process, and whatever ends
/// that, every request has an answer.
///
/// # Errors
/// Those of `work`; in the supervisor, if no worker can be started or Lambda's Runtime API is not there.
pub async fn run<W>(service: &'static str, work: W) -> Result<ExitCode, Error>
where
    W: AsyncFnOnce() -> Result<(), Error>,
{
    let stand_in = || {
        telemetry::init(service);
        Observed::new(service, stand_in_router(), CapacityMeter::default())
    };
    supervisor::run(stand_in, async || {
        telemetry::init(service);
        work().await
    })
    .await
}

/// Answers requests by the routes that are made here, for as long as Lambda keeps the process. What a meter counts
/// meanwhile is said of the request.
///
/// # Errors
/// When the Runtime API cannot be reached.
pub async fn serve(meter: &CapacityMeter, routes: impl FnOnce() -> Routes) -> Result<(), Error> {
    cold_start::mark("clients");
    let router = router(routes());
    cold_start::mark("routes");
    let service = Observed::new(telemetry::service(), router, meter.clone());
    cold_start::ready();
    lambda_http::run(service).await
}
