//! The stack whose servers the functions speak with, and what it gives each of them as its environment.

use std::{collections::HashMap, path::Path};

use reqwest::{Client, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Value, json};

/// Where all roots of TLS are in one file, as in Lambda's own system. Debian has each in a file of its own besides, and a
/// function that were not told would read them twice.
const ROOTS: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

#[derive(Deserialize)]
struct Description {
    endpoint_url: String,
    region: String,
    events_table: String,
}

pub(crate) struct Stack {
    description: Description,
    /// As Lambda lists them.
    functions: Vec<Value>,
}

impl Stack {
    /// The one that this file describes.
    pub(crate) async fn read(file: &str) -> Self {
        let description: Description = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let url = format!("{}/2015-03-31/functions/", description.endpoint_url);
        let text = Client::new().get(url).send().await.unwrap().text().await.unwrap();
        let mut listed: Value = serde_json::from_str(&text).unwrap();
        let functions = serde_json::from_value(listed["Functions"].take()).unwrap();
        Self { description, functions }
    }

    /// What the template gives a function, and what Lambda and the local endpoint add. The bare one has that of the
    /// monitor.
    pub(crate) fn environment(&self, function: &str) -> HashMap<String, String> {
        let logical_id: String =
            if function == crate::BARE { "monitor" } else { function }.split('-').map(capitalized).collect();
        let of_this = format!("-{logical_id}");
        let is_this = |listed: &&Value| listed["FunctionName"].as_str().unwrap().contains(&of_this);
        let listed = self.functions.iter().find(is_this);
        let listed = listed.unwrap_or_else(|| panic!("the stack has no {logical_id}"));
        let mut environment: HashMap<String, String> =
            serde_json::from_value(listed["Environment"]["Variables"].clone()).unwrap();
        let roots = ROOTS.into_iter().find(|file| Path::new(file).exists());
        environment.extend(roots.map(|file| ("SSL_CERT_FILE".to_owned(), file.to_owned())));
        for (name, value) in [
            ("AWS_REGION", self.description.region.as_str()),
            ("AWS_ENDPOINT_URL", &self.description.endpoint_url),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ] {
            environment.insert(name.to_owned(), value.to_owned());
        }
        environment
    }

    /// Puts a commit into the events table.
    pub(crate) async fn put(&self, commit: &Value) {
        let body = json!({ "TableName": self.description.events_table, "Item": commit });
        let request = Client::new()
            .post(&self.description.endpoint_url)
            .header("x-amz-target", "DynamoDB_20120810.PutItem")
            .header(CONTENT_TYPE, "application/x-amz-json-1.0")
            .body(body.to_string());
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{}", response.text().await.unwrap());
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
