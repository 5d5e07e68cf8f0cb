//! What a request or a record takes of a processor: the handlers and projectors of the functions over stores in memory,
//! on one thread. `cargo xtask bench cpu` counts the instructions of [`measured`], and takes the time for which a processor
//! had it, whatever else it had to do meanwhile.
//!
//! The stores, the runtime of Lambda, TLS and the AWS SDK are not in it, nor is a supervisor. What is in it is all that
//! is decided, hashed, read from JSON and written as JSON.

#![expect(clippy::print_stdout, reason = "what was measured is the output")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has to say where")]

mod api;
mod projectors;

use futures::future::LocalBoxFuture;
use tokio::runtime::{Builder, Runtime};

/// Prepared work: what it is about, as often as was asked for.
type Work<'a> = LocalBoxFuture<'a, ()>;

/// What may be measured, by the name that the task asks with.
async fn prepared(name: &str, count: usize) -> Option<Work<'static>> {
    Some(match name {
        "deposit" => api::deposits(count).await,
        "transfer" => api::transfers(count).await,
        "account" => api::accounts(count).await,
        "summary" => projectors::summaries(count).await,
        "relay" => projectors::relays(count).await,
        "history" => projectors::histories(count).await,
        _ => return None,
    })
}

/// What is counted is this function, by its name: not what was prepared before.
#[inline(never)]
fn measured(runtime: &Runtime, work: Work<'_>) {
    runtime.block_on(work);
}

/// Nanoseconds for which a processor had this thread until now.
fn processor_time() -> u64 {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    said.split(' ').next().unwrap().parse().unwrap()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, count] = arguments.as_slice() else { panic!("processor WHAT COUNT") };
    // As the functions have it.
    let runtime = Builder::new_current_thread().build().unwrap();
    let work = runtime.block_on(prepared(name, count.parse().unwrap()));
    let work = work.unwrap_or_else(|| panic!("{name} is not known"));
    let before = processor_time();
    measured(&runtime, work);
    println!("{}", processor_time() - before);
}
