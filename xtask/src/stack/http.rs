//! Whether a server on the loopback answers.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(2);

/// The path of a server without a health page: that it answers at all is enough.
pub(crate) const ANY_ANSWER: &str = "/";

/// Whether `GET` of this path of `http://host:port` answers with 200 (with anything, for [`ANY_ANSWER`]).
pub(crate) fn answers(url: &str, path: &str) -> bool {
    let Some(authority) = url.strip_prefix("http://").map(|rest| rest.split('/').next().unwrap_or(rest))
    else {
        // Over TLS only the tools of the stack itself can tell.
        return true;
    };
    let status = get(authority, path).and_then(|answer| answer.split_whitespace().nth(1).map(str::to_owned));
    status.is_some_and(|status| status == "200" || path == ANY_ANSWER)
}

fn get(authority: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(authority).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {authority}\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}
