//! A proxy before DynamoDB that understands what it is asked: by chance of a seed it loses answers of what was done, and
//! says what DynamoDB says when it is busy. The functions are led here by `AWS_ENDPOINT_URL_DYNAMODB`, as every AWS SDK
//! reads it, and know nothing of it.

mod answer;
mod asked;
mod partial;
mod planted;
mod weather;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bank::clock::{now, pause};
use fastrand::Rng;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Request, StatusCode,
    body::{Bytes, Incoming},
    header,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use testing::check::Arrivals;
use tokio::net::TcpListener;

use crate::{clock::Clock, stores::Tables};
use answer::{Reply, Reset};
use partial::Halves;

pub(crate) use asked::Asked;
pub(crate) use planted::{Plant, Planted};
pub(crate) use weather::{Fault, Weather};

/// For how long a fault that lasts meets the same request again, at most: longer than a function tries.
const LASTS_MAX_MS: u64 = 9_000;

/// How often each fault has happened.
pub(crate) type Counts = BTreeMap<Fault, u64>;

/// The proxy, and all that it knows of what went through it.
pub(crate) struct Proxy {
    clock: Clock,
    /// Host and port of the real table.
    upstream: String,
    client: Client<HttpConnector, Full<Bytes>>,
    tables: Tables,
    weather: Mutex<Weather>,
    rng: Mutex<Rng>,
    lasting: Mutex<HashMap<u64, (Fault, Instant)>>,
    counts: Mutex<Counts>,
    arrivals: Mutex<Arrivals>,
    under_way: AtomicUsize,
    plants: Mutex<Vec<Plant>>,
}

impl Proxy {
    pub(crate) fn new(clock: Clock, tables: Tables, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            clock,
            upstream: tables.endpoint_url.trim_start_matches("http://").trim_end_matches('/').to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            tables,
            weather: Mutex::default(),
            rng: Mutex::new(Rng::with_seed(seed)),
            lasting: Mutex::default(),
            counts: Mutex::default(),
            arrivals: Mutex::default(),
            under_way: AtomicUsize::new(0),
            plants: Mutex::default(),
        })
    }

    /// Serves whoever connects, as long as the program runs.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            // As the servers do: an answer is one small write.
            let _ = stream.set_nodelay(true);
            let proxy = self.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| proxy.clone().handle(request));
                // A connection that is cut off is what is wanted.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }

    /// From now on this happens, and is counted anew.
    pub(crate) fn change(&self, weather: Weather) {
        *lock(&self.weather) = weather;
        lock(&self.lasting).clear();
    }

    /// What has happened since it was asked last.
    pub(crate) fn take_counts(&self) -> Counts {
        std::mem::take(&mut lock(&self.counts))
    }

    /// When each commit came in, and forgets it: the next schedule has other accounts.
    pub(crate) fn take_arrivals(&self) -> Arrivals {
        std::mem::take(&mut lock(&self.arrivals))
    }

    /// How many requests that met a fault are on their way, whether anybody waits for them or not.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }

    async fn handle(self: Arc<Self>, request: Request<Incoming>) -> Reply {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Reset)?.to_bytes();
        let asked = Asked::read(&parts.headers, &body);
        let proxy = self.clone();
        // A task of its own: a request goes on though nobody waits for it any more.
        let task = tokio::spawn(async move {
            match proxy.strike(&asked) {
                None => proxy.pass(&parts.headers, &asked).await,
                Some(fault) => {
                    proxy.under_way.fetch_add(1, Ordering::SeqCst);
                    let reply = proxy.suffer(&parts.headers, &asked, fault).await;
                    proxy.under_way.fetch_sub(1, Ordering::SeqCst);
                    reply
                }
            }
        });
        task.await.map_err(|_| Reset)?
    }

    async fn suffer(&self, headers: &HeaderMap, asked: &Asked, fault: Fault) -> Reply {
        *lock(&self.counts).entry(fault).or_default() += 1;
        let (hold, is_provisioned) = {
            let mut rng = lock(&self.rng);
            (fault.hold(&mut rng), rng.bool())
        };
        match fault {
            Fault::RequestLost => Err(Reset),
            Fault::AnswerLost => {
                let _ = self.pass(headers, asked).await;
                Err(Reset)
            }
            Fault::Delayed | Fault::Late => {
                pause(hold).await;
                self.pass(headers, asked).await
            }
            Fault::Throttled => answer::throttled(is_provisioned),
            Fault::Contended => answer::contended(asked),
            Fault::Failed => answer::failed(),
            Fault::DoneAndFailed => {
                let _ = self.pass(headers, asked).await;
                answer::failed()
            }
            Fault::Partial => self.half(headers, asked).await,
        }
    }

    /// What happens to this request: what was to happen to it when it comes again, if it was here a moment ago, else what
    /// chance says.
    fn strike(&self, asked: &Asked) -> Option<Fault> {
        let (digest, mut lasting) = (asked.digest(), lock(&self.lasting));
        lasting.retain(|_, (_, until)| now() < *until);
        if let Some((fault, _)) = lasting.get(&digest) {
            return Some(*fault);
        }
        let mut rng = lock(&self.rng);
        let fault = lock(&self.weather).strike(&mut rng, asked)?;
        if fault.can_last() && rng.bool() {
            let until = now() + Duration::from_millis(rng.u64(500..LASTS_MAX_MS));
            lasting.insert(digest, (fault.next(&mut rng, asked), until));
        }
        Some(fault)
    }

    /// Hands a request on, unless a planted bug has something else in mind, and hands the answer back.
    async fn pass(&self, headers: &HeaderMap, asked: &Asked) -> Reply {
        match self.plant(asked) {
            None => {
                let (status, body) = self.forward(headers, asked).await?;
                answer::reply(status, body)
            }
            Some(plant) => self.misbehave(headers, asked, plant).await,
        }
    }

    async fn half(&self, headers: &HeaderMap, asked: &Asked) -> Reply {
        let halves = Halves::of(asked);
        let done = match &halves.asked {
            None => Bytes::from_static(b"{}"),
            Some(first) => match self.forward(headers, first).await? {
                (StatusCode::OK, body) => body,
                (status, body) => return answer::reply(status, body),
            },
        };
        answer::done(&halves.answer(serde_json::from_slice(&done).unwrap_or_default()))
    }

    /// Asks the real table.
    async fn forward(&self, headers: &HeaderMap, asked: &Asked) -> Result<(StatusCode, Bytes), Reset> {
        let mut request = Request::post(format!("http://{}/", self.upstream));
        for (name, value) in headers {
            if ![header::HOST, header::CONTENT_LENGTH, header::CONNECTION].contains(name) {
                request = request.header(name, value);
            }
        }
        let request = request.body(Full::new(asked.body())).map_err(|_| Reset)?;
        let sent = self.clock.micros();
        let response = self.client.request(request).await.map_err(|_| Reset)?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|_| Reset)?.to_bytes();
        if status == StatusCode::OK {
            let answered = self.clock.micros();
            let mut arrivals = lock(&self.arrivals);
            for place in asked.commits(&self.tables.events) {
                arrivals.entry(place).or_insert((sent, answered));
            }
        }
        Ok((status, body))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
