//! Which ports of the loopback a stack listens on.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result, ensure};

/// The usual port of a LocalStack-compatible endpoint.
pub(crate) const AWS: u16 = 4566;
/// The usual port of OpenSearch.
pub(crate) const OPENSEARCH: u16 = 9200;
/// The usual port of Valkey and Redis.
pub(crate) const REDIS: u16 = 6379;

/// The wanted port if it is free, else one that is.
pub(crate) fn choose(wanted: u16) -> Result<u16> {
    if is_free(wanted) {
        return Ok(wanted);
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port of 127.0.0.1 is free")?;
    Ok(listener.local_addr()?.port())
}

/// Just the wanted port.
pub(crate) fn insist(wanted: u16) -> Result<u16> {
    ensure!(
        is_free(wanted),
        "port {wanted} of 127.0.0.1 is taken by another program: name another with --port"
    );
    Ok(wanted)
}

fn is_free(port: u16) -> bool {
    port != 0 && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_replaced_or_refused() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(choose(port).unwrap(), port);
        assert!(insist(port).unwrap_err().to_string().contains("taken by another program"));
        drop(taken);
        // A process that another test starts has the port for the moment between its fork and its exec.
        assert!((0..10_000).any(|_| choose(port).unwrap() == port), "{port} is free again");
    }
}
