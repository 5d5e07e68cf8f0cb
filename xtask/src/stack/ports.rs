//! Which ports of the loopback a stack listens on.

use std::{
    collections::BTreeMap,
    fs::File,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result, ensure};

/// The usual port of a LocalStack-compatible endpoint.
pub(crate) const AWS: u16 = 4566;
/// The usual port of DynamoDB Local.
pub(crate) const DYNAMODB: u16 = 8000;
/// The usual port of Formance Ledger.
pub(crate) const FORMANCE: u16 = 3068;
/// The usual port of OpenSearch.
pub(crate) const OPENSEARCH: u16 = 9200;
/// The usual port of PostgreSQL.
pub(crate) const POSTGRES: u16 = 5432;
/// Where the routes of our functions listen, if nobody else does.
pub(crate) const ROUTES: u16 = 8200;
/// The usual port of Valkey and Redis.
pub(crate) const REDIS: u16 = 6379;

/// How many ports are looked at before it is said that none is free.
const ATTEMPTS_MAX: u32 = 100;

/// What this process has chosen. A server listens seconds after its port was found free, and whoever answers there
/// meanwhile would be taken for it: so another stack's port is none that is free, from its choice on.
static CHOSEN: Mutex<BTreeMap<u16, File>> = Mutex::new(BTreeMap::new());

/// The wanted port if it is free, else one that is.
pub(crate) fn choose(wanted: u16) -> Result<u16> {
    if is_ours(wanted) {
        return Ok(wanted);
    }
    for _ in 0..ATTEMPTS_MAX {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let port = listener.and_then(|listener| listener.local_addr());
        let port = port.context("no port of 127.0.0.1 is free")?.port();
        if is_ours(port) {
            return Ok(port);
        }
    }
    anyhow::bail!("no port of 127.0.0.1 is free")
}

/// Just the wanted port.
pub(crate) fn insist(wanted: u16) -> Result<u16> {
    ensure!(
        is_ours(wanted),
        "port {wanted} of 127.0.0.1 is taken by another program: name another with --port"
    );
    Ok(wanted)
}

/// Takes a port for this process, if nobody listens there and no other has chosen it.
fn is_ours(port: u16) -> bool {
    let mut chosen = CHOSEN.lock().unwrap_or_else(PoisonError::into_inner);
    if port == 0 || TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
        return false;
    }
    if chosen.contains_key(&port) {
        return true;
    }
    let Some(file) = File::create(lock(port)).ok().filter(|file| file.try_lock().is_ok()) else {
        return false;
    };
    chosen.insert(port, file);
    true
}

/// Who has this file locked has chosen the port; the lock ends with the process.
fn lock(port: u16) -> PathBuf {
    std::env::temp_dir().join(format!("passbook-port-{port}.lock"))
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
        assert_eq!(insist(port).unwrap(), port, "and this process's own");
    }

    #[test]
    fn what_another_process_has_chosen_is_taken_before_anybody_listens_there() {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let others = File::create(lock(free)).unwrap();
        others.lock().unwrap();
        assert_ne!(choose(free).unwrap(), free);
        assert!(insist(free).is_err());
        drop(others);
        assert!((0..10_000).any(|_| choose(free).unwrap() == free), "{free} is free again");
    }
}
