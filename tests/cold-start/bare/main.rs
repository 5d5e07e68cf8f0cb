//! A function that reads one item of a table, made as AWS's guide makes one: `lambda_runtime` and a DynamoDB client, and
//! nothing else. `cargo xtask bench cold-start` compares the others with it.

use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "it is no part of the bank")]
async fn main() -> Result<(), Error> {
    let client = &aws_sdk_dynamodb::Client::new(&aws_config::load_from_env().await);
    let table = &std::env::var("PROJECTIONS_TABLE")?;
    let handle = |event: LambdaEvent<Value>| async move {
        let key = |name: &str| AttributeValue::S(event.payload[name].as_str().unwrap_or_default().to_owned());
        let read = client.get_item().table_name(table);
        let read = read.key("projection", key("projection")).key("name", key("name"));
        let found = read.send().await?.item.is_some();
        Ok::<_, Error>(json!({ "found": found }))
    };
    lambda_runtime::run(service_fn(handle)).await
}
