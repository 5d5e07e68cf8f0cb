use application::ports::Environment as _;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};

use crate::{SystemEnvironment, metrics::cold_start};

/// Answers each event of Lambda's with what this handler makes of it, for as long as Lambda keeps the process.
///
/// The handler's future is on the heap: what a function does is deep, and the compiler lays out futures within futures
/// only as far as its recursion limit.
///
/// # Errors
/// When the Runtime API cannot be reached. What the handler fails with, Lambda hears instead.
pub async fn run<Event, Answer, Handled, E>(
    handle: impl Fn(LambdaEvent<Event>) -> Handled,
) -> Result<(), Error>
where
    Event: DeserializeOwned,
    Answer: Serialize,
    Handled: Future<Output = Result<Answer, E>>,
    E: Into<Error>,
{
    let handle = &handle;
    let handle = |event| {
        cold_start::log_once(SystemEnvironment.now());
        Box::pin(async move { handle(event).await.map_err(Into::<Error>::into) })
    };
    cold_start::mark("clients");
    cold_start::ready();
    lambda_runtime::run(service_fn(handle)).await
}
