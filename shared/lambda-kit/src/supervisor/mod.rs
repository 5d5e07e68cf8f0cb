//! Two processes instead of one: a worker that does what the function is for, and a supervisor that answers if the
//! worker does not.
//!
//! A process that ends with a request in it (a panic, memory that is used up, a signal) takes the answer with it, and
//! API Gateway would make up one of its own. So the process that Lambda starts only starts the same program once more,
//! as its worker, and stands between it and Lambda's Runtime API. All that is said passes through unchanged; when the
//! worker ends, does not finish in time, or reports a failure, the supervisor answers in its place.
//!
//! It must not know what the function does, and does nothing that could end it: no AWS, no configuration, no request
//! looked into before its worker has failed it.

mod message;
mod runtime_api;
mod stand_in;
mod worker;

use std::{
    convert::Infallible,
    os::unix::process::ExitStatusExt as _,
    process::{ExitCode, ExitStatus},
};

use hyper::{Request, Response, body::Bytes};
use lambda_http::{Error, IntoResponse, Service};
use tokio::time::timeout;

use self::{
    message::{Call, Subject},
    runtime_api::{Invocation, RuntimeApi},
    worker::Worker,
};

/// How many workers may be killed one after the other before the first of them has asked for an event.
const STARTS_MAX: usize = 3;

/// Why a supervisor ends.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("the worker ended before it asked for an event: {0}")]
    Worker(ExitStatus),
    #[error("no worker can be started")]
    Start(#[from] std::io::Error),
    #[error("the Runtime API cannot be reached")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    #[error("the Runtime API broke off")]
    BrokenOff(#[from] hyper::Error),
}

/// Runs a function whose every request is answered.
///
/// In the worker by `work`, which asks Lambda for events as ever; in the supervisor by what `stand_in` makes while the
/// first worker starts, in the place of a worker that has not answered.
///
/// # Errors
/// In the worker those of `work`; in the supervisor if a worker cannot be started or the Runtime API is not there.
pub async fn run<S, R, W>(stand_in: impl FnOnce() -> S, work: W) -> Result<ExitCode, Error>
where
    S: Service<lambda_http::Request, Response = R, Error = Infallible> + Clone,
    R: IntoResponse,
    W: AsyncFnOnce() -> Result<(), Error>,
{
    if worker::is_this_process() {
        worker::prepare_this_process()?;
        work().await?;
        return Ok(ExitCode::SUCCESS);
    }
    let runtime_api = RuntimeApi::of_environment()?;
    let worker = Worker::spawn().await?;
    let stand_in = stand_in();
    let supervisor = Supervisor {
        runtime_api,
        stand_in: async |event: &[u8]| stand_in::answer(stand_in.clone(), event).await,
    };
    match supervisor.run(worker).await {
        // The worker has said why; Lambda is told what it would have been told without a supervisor.
        End::Worker(status) => Ok(exit_code(status)),
        end => Err(end.into()),
    }
}

struct Supervisor<A> {
    runtime_api: RuntimeApi,
    stand_in: A,
}

impl<A: AsyncFn(&[u8]) -> Option<Vec<u8>>> Supervisor<A> {
    async fn run(&self, first: Worker) -> End {
        match self.supervise(first).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    /// Lambda is asked for an event only when a worker has asked for it: that is how Lambda learns that the function is
    /// ready, or has nothing more to do for the last one.
    async fn supervise(&self, first: Worker) -> Result<Infallible, End> {
        let mut worker = self.ready(first).await?;
        loop {
            let event = self.runtime_api.send(worker.poll()).await?;
            let Some(invocation) = Invocation::of(&event) else {
                // What that means is for the worker to say, and if it leaves, so does the supervisor.
                worker.take(event);
                if self.has_asked(&mut worker).await? {
                    continue;
                }
                return Err(End::Worker(worker.status().await?));
            };
            self.see_through(&mut worker, &invocation, event).await?;
            // One start for an event at most, so a worker that keeps ending makes no endless loop.
            if !self.has_asked(&mut worker).await? {
                worker = self.start().await?;
            }
        }
    }

    /// Another worker, that has asked for an event.
    async fn start(&self) -> Result<Worker, End> {
        self.ready(Worker::spawn().await?).await
    }

    /// This worker once it has asked for an event, or one in its place.
    async fn ready(&self, mut worker: Worker) -> Result<Worker, End> {
        let mut starts = 1;
        while !self.has_asked(&mut worker).await? {
            let status = worker.status().await?;
            tracing::error!(%status, starts, "a worker ended before it asked for an event");
            // One that left by itself would do so again.
            if status.code().is_some() || starts == STARTS_MAX {
                return Err(End::Worker(status));
            }
            worker = Worker::spawn().await?;
            starts += 1;
        }
        Ok(worker)
    }

    /// Waits until the worker asks for the next event; false if it ends before.
    async fn has_asked(&self, worker: &mut Worker) -> Result<bool, End> {
        while !worker.is_waiting() {
            let Some(call) = worker.call().await else { return Ok(false) };
            match call.subject() {
                Subject::Next => worker.wait_with(call),
                _ => self.pass_on(call).await?,
            }
        }
        Ok(true)
    }

    /// Gives the worker an event, and sees to it that there is an answer.
    async fn see_through(
        &self,
        worker: &mut Worker,
        invocation: &Invocation,
        event: Response<Bytes>,
    ) -> Result<(), End> {
        let id = &invocation.id;
        let outcome = timeout(invocation.time_left(), self.outcome(worker, id, event)).await;
        match outcome {
            Ok(Ok(Outcome::Answered(call))) => self.pass_on(call).await?,
            Ok(Ok(Outcome::Failed(call))) => {
                tracing::error!(invocation = id, "the worker has failed");
                let request = self.in_its_place(invocation).await.unwrap_or_else(|| call.request.clone());
                call.reply(self.runtime_api.send(request).await?);
            }
            Ok(Ok(Outcome::Ended)) => {
                self.answer(invocation).await?;
                let status = worker.status().await?;
                tracing::error!(invocation = id, %status, "the worker ended without an answer");
            }
            Ok(Err(end)) => {
                self.answer(invocation).await?;
                return Err(end);
            }
            Err(_) => {
                self.answer(invocation).await?;
                tracing::error!(invocation = id, "the worker has not answered in time, and is ended");
                worker.kill();
            }
        }
        Ok(())
    }

    /// What becomes of an event. Another worker gets it if this one has ended meanwhile; after that it has to be taken
    /// for begun. What a worker had said entirely before it ended still counts.
    async fn outcome(&self, worker: &mut Worker, id: &str, event: Response<Bytes>) -> Result<Outcome, End> {
        if worker.has_ended()? {
            *worker = self.start().await?;
        }
        worker.take(event);
        while let Some(call) = worker.call().await {
            match call.subject() {
                Subject::Answer(of) if of == id => return Ok(Outcome::Answered(call)),
                Subject::Failure(of) if of == id => return Ok(Outcome::Failed(call)),
                // It does not know any more what it has in hand.
                Subject::Next => worker.kill(),
                _ => self.pass_on(call).await?,
            }
        }
        Ok(Outcome::Ended)
    }

    /// The worker hears that Lambda has what it said, once Lambda has it.
    async fn pass_on(&self, call: Call) -> Result<(), End> {
        let response = self.runtime_api.send(call.request.clone()).await?;
        call.reply(response);
        Ok(())
    }

    /// Answers in the worker's place.
    async fn answer(&self, invocation: &Invocation) -> Result<(), End> {
        let request = self.in_its_place(invocation).await;
        self.runtime_api.send(request.unwrap_or_else(|| invocation.failure())).await?;
        Ok(())
    }

    /// The answer in the worker's place; `None` if there is none to such an event.
    async fn in_its_place(&self, invocation: &Invocation) -> Option<Request<Bytes>> {
        (self.stand_in)(&invocation.event).await.map(|body| invocation.answer(body))
    }
}

/// What becomes of an event.
enum Outcome {
    Answered(Call),
    Failed(Call),
    Ended,
}

/// As a shell says it: a signal is 128 and its number.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}
