//! A table that does what it is asked, does not say so, and is busy when the SDK asks again.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use application::{
    Commit,
    ports::{AppendError, EventStore as _},
};
use aws_sdk_dynamodb::Client;
use event_store::DynamoDbEventStore;
use testing::commits::{commit, stream};

const BUSY: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"busy"}"#;

/// Where somebody answers that it is busy, after so many connections that it has cut off once it had the request.
fn busy_after(cut_off: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            read(&mut stream);
            if number >= cut_off {
                let length = BUSY.len();
                let head = format!(
                    "HTTP/1.1 400 Bad Request\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(format!("{head}{BUSY}").as_bytes()).unwrap();
            }
        }
    });
    url
}

/// All of a request that comes with its length.
fn read(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let is_whole = |request: &[u8]| {
        let text = String::from_utf8_lossy(request).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        length.is_some_and(|length| length.parse::<usize>().is_ok_and(|length| body.len() >= length))
    };
    while !is_whole(&request) {
        let mut part = [0; 4_096];
        let count = stream.read(&mut part).unwrap();
        request.extend_from_slice(&part[..count]);
    }
}

async fn append(url: String, commits: &[Commit]) -> AppendError {
    let config = aws_config::from_env().endpoint_url(url).region("us-east-1").test_credentials().load().await;
    let store = DynamoDbEventStore::new(Client::new(&config), "events".to_owned());
    store.append(commits).await.unwrap_err()
}

#[tokio::test]
async fn a_table_that_is_busy_has_done_nothing() {
    let [one, two] = ["a", "b"].map(|account| commit(&stream(account), 1, "writer"));
    for commits in [&[one.clone()][..], &[one, two]] {
        assert!(matches!(append(busy_after(0), commits).await, AppendError::Throttled));
    }
}

#[tokio::test]
async fn a_table_that_is_busy_after_it_was_silent_may_have_done_it() {
    let [one, two] = ["a", "b"].map(|account| commit(&stream(account), 1, "writer"));
    for commits in [&[one.clone()][..], &[one, two]] {
        assert!(matches!(append(busy_after(1), commits).await, AppendError::Unavailable(_)));
    }
}
