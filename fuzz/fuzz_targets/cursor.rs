//! The cursor of the transaction history: a text from a client, which may be any.

#![no_main]

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use read_models::history::Cursor;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        read(text);
    }
    // The same bytes behind the encoding, where they would else seldom come.
    read(&BASE64_URL_SAFE_NO_PAD.encode(input));
});

/// A text is no cursor, or the one text of a place that the index can tell.
fn read(text: &str) {
    let Ok(cursor) = Cursor::decode(text) else { return };
    assert_eq!(cursor.encode(), text);
    assert_eq!(Cursor::decode(&cursor.encode()).ok(), Some(cursor));
    let json = BASE64_URL_SAFE_NO_PAD.decode(text).expect("it was read");
    let json: Value = serde_json::from_slice(&json).expect("it was read");
    let (micros, version) = (json["t"].as_i64().expect("a time"), json["v"].as_u64().expect("a version"));
    match cursor.search_after() {
        Ok(place) => assert_eq!((i128::from(place.0), place.1), (i128::from(micros) * 1_000, version)),
        Err(_) => assert!(i64::try_from(i128::from(micros) * 1_000).is_err(), "{micros} can be told"),
    }
}
