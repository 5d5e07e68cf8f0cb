//! A function that ends in the way in which it is asked to: what the supervisor's tests run.

use std::{
    convert::Infallible,
    future::pending,
    io::{self, Read as _, Write as _},
    net::TcpStream,
    process::{self, ExitCode},
};

use lambda_http::{Body, Error, Request, RequestExt as _, Response, service_fn};
use lambda_kit::{config, supervisor};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;

/// As large as an answer may be.
const LARGE_BYTES: usize = 6 * 1024 * 1024 - 1024;

/// So many that they are not heard at once, and few enough for a connection to hold them all.
const LAST_WORDS: usize = 10_000;

/// What means nothing, and says that the function has got so far.
const OTHER: &str = "POST /2018-06-01/runtime/other";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    supervisor::run(|| service_fn(stand_in), work).await
}

async fn work() -> Result<(), Error> {
    writeln!(std::io::stdout().lock(), "started")?;
    match config::optional("MORTAL_START").as_deref() {
        Some("fail") => return Err("it is said why".into()),
        Some("exit") => process::exit(3),
        Some("abort") => process::abort(),
        Some("report") => report()?,
        _ => {}
    }
    lambda_http::run(service_fn(answer)).await
}

/// Tells Lambda that the function cannot start, and ends.
fn report() -> Result<(), Error> {
    say(&mut connect()?, "POST /2018-06-01/runtime/init/error", "{}")?;
    Err("it is reported".into())
}

/// Ends with an answer sent and not yet taken note of.
fn last_words(id: &str) -> Result<(), Error> {
    let mut connection = connect()?;
    say(&mut connection, OTHER, "{}")?;
    let answer = json!({ "statusCode": 200, "body": "last words ".repeat(LAST_WORDS) }).to_string();
    begin(&mut connection, &format!("POST /2018-06-01/runtime/invocation/{id}/response"), &answer)?;
    process::abort()
}

/// A connection that the runtime knows nothing of.
fn connect() -> Result<TcpStream, Error> {
    Ok(TcpStream::connect(config::required("AWS_LAMBDA_RUNTIME_API")?)?)
}

fn begin(connection: &mut TcpStream, line: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    let error_type = "lambda-runtime-function-error-type: Runtime.Mortal";
    let request =
        format!("{line} HTTP/1.1\r\nhost: lambda\r\n{error_type}\r\ncontent-length: {length}\r\n\r\n{body}");
    connection.write_all(request.as_bytes())
}

/// Says something, and waits until it was taken note of.
fn say(connection: &mut TcpStream, line: &str, body: &str) -> io::Result<()> {
    begin(connection, line, body)?;
    let _ = connection.read(&mut [0; 1024])?;
    Ok(())
}

async fn stand_in(request: Request) -> Result<Response<String>, Infallible> {
    let mut response = Response::new(request.uri().path().to_owned());
    *response.status_mut() = lambda_http::http::StatusCode::SERVICE_UNAVAILABLE;
    Ok(response)
}

/// Says which process answers and what it was told of the invocation, unless the path asks for another end.
async fn answer(request: Request) -> Result<Response<Body>, Error> {
    match request.uri().path() {
        "/abort" => process::abort(),
        "/exit" => process::exit(0),
        "/kill" => kill(Pid::this(), Signal::SIGKILL)?,
        "/memory" => drop(Vec::<u8>::with_capacity(isize::MAX.unsigned_abs())),
        "/last-words" => last_words(&request.lambda_context().request_id)?,
        "/overflow" => drop(overflow(0)),
        #[expect(clippy::panic, reason = "that is what is asked for")]
        "/panic" => panic!("as asked"),
        "/forget" => say(&mut connect()?, "GET /2018-06-01/runtime/invocation/next", "")?,
        "/hang" => {
            say(&mut connect()?, OTHER, "{}")?;
            pending::<()>().await;
        }
        "/large" => return Ok(Response::new("x".repeat(LARGE_BYTES).into())),
        _ => {}
    }
    let context = request.lambda_context();
    let told = [
        process::id().to_string(),
        context.request_id,
        context.deadline.to_string(),
        context.invoked_function_arn,
        context.xray_trace_id.unwrap_or_default(),
    ];
    Ok(Response::new(told.join(" ").into()))
}

#[expect(unconditional_recursion, reason = "that is what is asked for")]
fn overflow(depth: u64) -> u64 {
    std::hint::black_box(overflow(std::hint::black_box(depth) + 1)) + 1
}
