//! Where DynamoDB Local, OpenSearch and Redis listen, and tables and aliases of their own for each test.

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, ScalarAttributeType,
    },
};
use opensearch::indices::IndicesDeleteParts;
use read_models::{
    generations::DynamoDbControlTable,
    history::{OpenSearchHistory, connect},
    parking::DynamoDbParking,
    summary::{BY_USER_INDEX, DynamoDbSummaryTable},
};
use testing::TestEnvironment;

const DYNAMODB_URL: &str = "PASSBOOK_DYNAMODB_URL";
const OPENSEARCH_URL: &str = "PASSBOOK_OPENSEARCH_URL";
const REDIS_URL: &str = "PASSBOOK_REDIS_URL";
const REDIS_SERVER: &str = "PASSBOOK_REDIS_SERVER";

/// A new table of summaries.
pub(crate) async fn summary_table(test: &str) -> DynamoDbSummaryTable {
    let client = dynamodb().await;
    let index = GlobalSecondaryIndex::builder()
        .index_name(BY_USER_INDEX)
        .key_schema(key("user_id", KeyType::Hash))
        .key_schema(key("account_id", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .unwrap();
    let table = format!("summary-{test}-{}", std::process::id());
    let request = client
        .create_table()
        .table_name(&table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(text_attribute("account_id"))
        .attribute_definitions(text_attribute("user_id"))
        .key_schema(key("account_id", KeyType::Hash))
        .global_secondary_indexes(index);
    request.send().await.unwrap();
    DynamoDbSummaryTable::new(client, table)
}

/// Puts an item into the table of summaries of this test that is no row: a text in the place of its balance.
pub(crate) async fn put_summary_text(test: &str, account_id: &str, user_id: &str, balance: &str) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let request = dynamodb()
        .await
        .put_item()
        .table_name(format!("summary-{test}-{}", std::process::id()))
        .item("account_id", text(account_id))
        .item("user_id", text(user_id))
        .item("balance", text(balance));
    request.send().await.unwrap();
}

/// A new table of parked accounts, and its client and name to look into it.
pub(crate) async fn parked_table(test: &str) -> (DynamoDbParking<TestEnvironment>, Client, String) {
    let client = dynamodb().await;
    let table = format!("parked-{test}-{}", std::process::id());
    let request = client
        .create_table()
        .table_name(&table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(text_attribute("projection"))
        .attribute_definitions(text_attribute("account_id"))
        .key_schema(key("projection", KeyType::Hash))
        .key_schema(key("account_id", KeyType::Range));
    request.send().await.unwrap();
    let parking = DynamoDbParking::new(client.clone(), table.clone(), TestEnvironment::default());
    (parking, client, table)
}

/// A new control table.
pub(crate) async fn control_table(test: &str) -> DynamoDbControlTable {
    let client = dynamodb().await;
    let table = format!("control-{test}-{}", std::process::id());
    let request = client
        .create_table()
        .table_name(&table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(text_attribute("projection"))
        .attribute_definitions(text_attribute("name"))
        .key_schema(key("projection", KeyType::Hash))
        .key_schema(key("name", KeyType::Range));
    request.send().await.unwrap();
    DynamoDbControlTable::new(client, table)
}

/// A history behind an alias of its own, and nothing behind the alias yet.
pub(crate) struct TestHistory {
    pub(crate) history: OpenSearchHistory,
    pub(crate) client: opensearch::OpenSearch,
    pub(crate) alias: String,
}

impl TestHistory {
    pub(crate) async fn new(test: &str) -> Self {
        let aws = aws_config::from_env().region("us-east-1").test_credentials().load().await;
        let client = connect(&setting(OPENSEARCH_URL, "OpenSearch"), &aws).unwrap().client().clone();
        let alias = format!("transactions-{test}-{}", std::process::id());
        Self { history: OpenSearchHistory::behind(client.clone(), alias.clone()), client, alias }
    }

    /// Lets searches see what was written.
    pub(crate) async fn refresh(&self) {
        let indices = self.client.indices();
        let parts = opensearch::indices::IndicesRefreshParts::Index(&[&self.alias]);
        let response = indices.refresh(parts).send().await.unwrap();
        assert!(response.status_code().is_success());
    }

    pub(crate) async fn delete(self) {
        let index = format!("{}-v1", self.alias);
        let indices = self.client.indices();
        indices.delete(IndicesDeleteParts::Index(&[&index])).send().await.unwrap();
    }
}

/// Where all tests may have keys.
pub(crate) fn redis_url() -> String {
    setting(REDIS_URL, "Redis")
}

/// The program to start a server of one's own with.
pub(crate) fn redis_server() -> String {
    setting(REDIS_SERVER, "Redis")
}

async fn dynamodb() -> Client {
    let url = setting(DYNAMODB_URL, "DynamoDB Local");
    let config = aws_config::from_env().endpoint_url(url).region("us-east-1").test_credentials().load().await;
    Client::new(&config)
}

#[expect(clippy::disallowed_methods, reason = "a test's configuration is where it runs")]
fn setting(variable: &str, server: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: `cargo xtask test` starts {server} and sets it");
    })
}

fn key(name: &str, role: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(role).build().unwrap()
}

fn text_attribute(name: &str) -> AttributeDefinition {
    let kind = ScalarAttributeType::S;
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
}
