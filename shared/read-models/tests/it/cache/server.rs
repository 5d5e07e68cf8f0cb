//! A Redis of a test's own, and a look into any.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use redis::{Value, aio::MultiplexedConnection, cmd};

use crate::servers::redis_server;

const DEADLINE: Duration = Duration::from_secs(30);

/// A server that ends with the test.
pub(super) struct Server {
    port: u16,
    child: Child,
}

impl Server {
    /// On a port that was free a moment ago.
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let server = Self { port, child: spawn(port) };
        server.answers().await;
        server
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on the same port, with nothing in it.
    pub(super) async fn restart(&mut self) {
        self.child = spawn(self.port);
        self.answers().await;
    }

    async fn answers(&self) {
        let answers = async {
            let mut pace = tokio::time::interval(Duration::from_millis(10));
            while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
                pace.tick().await;
            }
        };
        tokio::time::timeout(DEADLINE, answers).await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that a test has killed is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16) -> Child {
    Command::new(redis_server())
        .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// A connection that is not the cache's.
pub(super) async fn look(url: &str) -> MultiplexedConnection {
    redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

/// Does anything with a key.
pub(super) async fn does(url: &str, name: &str, key: &str, arguments: &[&[u8]]) -> Value {
    let mut command = cmd(name);
    command.arg(key).arg(arguments);
    command.query_async(&mut look(url).await).await.unwrap()
}
