//! Tables of its own for each test, in DynamoDB Local.

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use event_store::{DynamoDbCommandStore, DynamoDbEventStore, DynamoDbJournal};

/// Where DynamoDB Local listens, like `http://127.0.0.1:8000`.
const URL: &str = "PASSBOOK_DYNAMODB_URL";

/// A command store over new tables.
pub(crate) async fn open(test: &str) -> DynamoDbCommandStore {
    let client = client().await;
    let (events, commands) = (events(test), format!("{test}-commands-{}", std::process::id()));
    let (text, number) = (ScalarAttributeType::S, ScalarAttributeType::N);
    create(&client, &events, &[("stream", text.clone()), ("version", number)]).await;
    create(&client, &commands, &[("command_id", text)]).await;
    DynamoDbCommandStore::new(client, events, commands)
}

/// An event store over a new table.
pub(crate) async fn event_store(test: &str) -> DynamoDbEventStore {
    let (client, table) = (client().await, events(test));
    create(&client, &table, &[("stream", ScalarAttributeType::S), ("version", ScalarAttributeType::N)]).await;
    DynamoDbEventStore::new(client, table)
}

/// A journal over a new table.
pub(crate) async fn journal(test: &str) -> DynamoDbJournal {
    let (client, table) = (client().await, format!("{test}-journal-{}", std::process::id()));
    create(&client, &table, &[("log", ScalarAttributeType::S), ("position", ScalarAttributeType::N)]).await;
    DynamoDbJournal::new(client, table)
}

/// The name of a test's events table.
pub(crate) fn events(test: &str) -> String {
    format!("{test}-events-{}", std::process::id())
}

async fn create(client: &Client, table: &str, keys: &[(&str, ScalarAttributeType)]) {
    let mut request = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    for ((name, kind), role) in keys.iter().zip([KeyType::Hash, KeyType::Range]) {
        let attribute = AttributeDefinition::builder().attribute_name(*name).attribute_type(kind.clone());
        let key = KeySchemaElement::builder().attribute_name(*name).key_type(role);
        request = request.attribute_definitions(attribute.build().unwrap()).key_schema(key.build().unwrap());
    }
    request.send().await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a test's configuration is where it runs")]
pub(crate) async fn client() -> Client {
    let url = std::env::var(URL).unwrap_or_else(|_| {
        panic!("{URL} is not set: `cargo xtask test` starts DynamoDB Local and sets it");
    });
    let config = aws_config::from_env().endpoint_url(url).region("us-east-1").test_credentials().load().await;
    Client::new(&config)
}
