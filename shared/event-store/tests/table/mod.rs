//! A table of its own for each test, in DynamoDB Local.

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use event_store::DynamoDbEventStore;

/// Where DynamoDB Local listens, like `http://127.0.0.1:8000`.
const URL: &str = "PASSBOOK_DYNAMODB_URL";

/// An event store over a new table.
pub(crate) async fn open(test: &str) -> DynamoDbEventStore {
    let client = client().await;
    let table = format!("{test}-{}", std::process::id());
    let key =
        |name: &str, role| KeySchemaElement::builder().attribute_name(name).key_type(role).build().unwrap();
    let attribute = |name: &str, kind| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
    };
    client
        .create_table()
        .table_name(&table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("stream", ScalarAttributeType::S))
        .attribute_definitions(attribute("version", ScalarAttributeType::N))
        .key_schema(key("stream", KeyType::Hash))
        .key_schema(key("version", KeyType::Range))
        .send()
        .await
        .unwrap();
    DynamoDbEventStore::new(client, table)
}

#[expect(clippy::disallowed_methods, reason = "a test's configuration is where it runs")]
async fn client() -> Client {
    let url = std::env::var(URL).unwrap_or_else(|_| {
        panic!("{URL} is not set: `cargo xtask test` starts DynamoDB Local and sets it");
    });
    let config = aws_config::from_env().endpoint_url(url).region("us-east-1").test_credentials().load().await;
    Client::new(&config)
}
