//! The worker: the same program once more, in a process of its own, which takes its supervisor for Lambda's Runtime API.

use std::{
    io,
    net::Ipv4Addr,
    process::{ExitStatus, Stdio},
    thread,
    time::Duration,
};

use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    process::{Child, ChildStdin, Command},
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

use super::{
    message::{Call, whole_request},
    runtime_api::ADDRESS,
};
use crate::config;

/// Says to a process that it is a worker.
const MARKER: &str = "PASSBOOK_WORKER";

/// How long what a worker has said before it ended may take to be read.
const LAST_WORDS_TIMEOUT: Duration = Duration::from_millis(500);

/// How many calls may wait; a worker says one thing at a time.
const CALLS_MAX: usize = 8;

/// Who is chosen first if memory runs out: the scale ends here.
const OUT_OF_MEMORY_FIRST: &str = "1000";

/// Whether this process is a worker.
pub(super) fn is_this_process() -> bool {
    config::optional(MARKER).is_some()
}

/// Lets this process end with its supervisor, however that ends, and before it if memory runs out.
pub(super) fn prepare_this_process() -> io::Result<()> {
    // Where there is no such file, the kernel chooses the larger process, which this one is.
    let _ = std::fs::write("/proc/self/oom_score_adj", OUT_OF_MEMORY_FIRST);
    thread::Builder::new().name("supervisor".to_owned()).spawn(|| {
        // Nothing comes through this pipe; it closes with the process that has its other end.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(1);
    })?;
    Ok(())
}

/// A worker's process, and what it says.
pub(super) struct Worker {
    process: Child,
    /// Closes when this process ends, and then the worker ends itself.
    _lifeline: Option<ChildStdin>,
    connections: JoinHandle<()>,
    calls: mpsc::Receiver<Call>,
    /// The worker's request for an event, until it is given one.
    waits_with: Option<Call>,
}

impl Worker {
    /// Starts one.
    pub(super) async fn spawn() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut process = Command::new(std::env::current_exe()?)
            .args(std::env::args_os().skip(1))
            .env(ADDRESS, listener.local_addr()?.to_string())
            .env(MARKER, "true")
            .stdin(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (said, calls) = mpsc::channel(CALLS_MAX);
        Ok(Self {
            _lifeline: process.stdin.take(),
            process,
            connections: tokio::spawn(serve(listener, said)),
            calls,
            waits_with: None,
        })
    }

    /// What it says next; `None` once it has ended and all that it said was heard.
    pub(super) async fn call(&mut self) -> Option<Call> {
        tokio::select! {
            biased;
            call = self.calls.recv() => return call,
            _ = self.process.wait() => self.connections.abort(),
        }
        timeout(LAST_WORDS_TIMEOUT, self.calls.recv()).await.ok().flatten()
    }

    /// Keeps its request for an event.
    pub(super) fn wait_with(&mut self, call: Call) {
        self.waits_with = Some(call);
    }

    /// Whether it has asked for an event.
    pub(super) fn is_waiting(&self) -> bool {
        self.waits_with.is_some()
    }

    /// Its request for an event.
    pub(super) fn poll(&self) -> Request<Bytes> {
        self.waits_with.as_ref().map(|call| call.request.clone()).unwrap_or_default()
    }

    /// Gives it what it has asked for.
    pub(super) fn take(&mut self, event: Response<Bytes>) {
        if let Some(call) = self.waits_with.take() {
            call.reply(event);
        }
    }

    /// Whether it has ended, as far as the system knows at this moment.
    pub(super) fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.process.try_wait()?.is_some())
    }

    /// How it ended, once it has.
    pub(super) async fn status(&mut self) -> io::Result<ExitStatus> {
        self.process.wait().await
    }

    /// Ends it at once, if it has not ended already.
    pub(super) fn kill(&mut self) {
        let _ = self.process.start_kill();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.connections.abort();
    }
}

/// Hears all that is said over any connection.
async fn serve(listener: TcpListener, said: mpsc::Sender<Call>) {
    while let Ok((connection, _)) = listener.accept().await {
        let said = said.clone();
        let _ = connection.set_nodelay(true);
        let service = service_fn(move |request| answer(request, said.clone()));
        // That the worker has closed it does not unsay what came before.
        let mut http = http1::Builder::new();
        http.half_close(true);
        tokio::spawn(async move {
            let _ = http.serve_connection(TokioIo::new(connection), service).await;
        });
    }
}

/// Has the supervisor answer one request; who gets no answer sees the connection end.
async fn answer(
    request: Request<Incoming>,
    said: mpsc::Sender<Call>,
) -> Result<Response<Full<Bytes>>, lambda_http::Error> {
    let (replies, reply) = oneshot::channel();
    said.send(Call { request: whole_request(request).await?, replies }).await?;
    Ok(reply.await?.map(Full::new))
}
