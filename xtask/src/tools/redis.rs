//! The machine's own Valkey or Redis, as a cache: bounded, and forgotten when it ends.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::Command,
    time::Duration,
};

use anyhow::Result;

use crate::{prerequisites::Prerequisites, process::Started};

/// Enough for some ten thousand summaries.
const MEMORY: &str = "64mb";

const PATIENCE: Duration = Duration::from_secs(2);

/// Starts a server on this port of the loopback.
pub(crate) fn start(prerequisites: &Prerequisites, stack: &Path, port: u16) -> Result<Started> {
    let mut server = Command::new(prerequisites.redis_server);
    server
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no"])
        .args(["--maxmemory", MEMORY, "--maxmemory-policy", "allkeys-lru"]);
    Started::spawn("redis", &mut server, &stack.join("logs"))
}

/// Whether a server answers on this port of the loopback.
pub(crate) fn answers(port: u16) -> bool {
    let ping = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG")
    };
    ping().unwrap_or(false)
}
