//! A stand-in for the API: a server on a free port that answers each path with what a test gives it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use serde_json::Value;

/// The most bytes of a request's body.
const BODY_MAX: usize = 64 * 1024;

/// A stand-in; its thread ends with the test's process.
pub(crate) struct StandIn {
    pub(crate) url: String,
}

impl StandIn {
    /// Answers by method, path and query, as in `GET /v1/accounts/mine`.
    pub(crate) fn start(answer: impl Fn(&str) -> (u16, Value) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that has gone away is none of this test's business.
                let _ = respond(stream.unwrap(), &answer);
            }
        });
        Self { url }
    }
}

fn respond(mut stream: TcpStream, answer: impl Fn(&str) -> (u16, Value)) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse::<usize>().unwrap().min(BODY_MAX);
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let (status, body) = answer(first.trim_end_matches(['\r', '\n']).trim_end_matches(" HTTP/1.1"));
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.1 {status} Stand-In\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
