//! All tables of a bank, as `infra/data.yaml` has them, in DynamoDB Local; and the one client that is metered.

use aws_sdk_dynamodb::{
    Client,
    config::Builder,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType,
        ScalarAttributeType::{self, N, S},
    },
};
use read_models::summary::BY_USER_INDEX;

use crate::meter::Meter;

/// Where DynamoDB Local listens, like `http://127.0.0.1:8000`.
const URL: &str = "PASSBOOK_DYNAMODB_URL";

/// The tables of one test.
#[derive(Clone)]
pub(crate) struct Tables {
    pub(crate) client: Client,
    pub(crate) meter: Meter,
    test: &'static str,
}

impl Tables {
    pub(crate) async fn create(test: &'static str) -> Self {
        let meter = Meter::default();
        let tables = Self { client: client(&meter).await, meter, test };
        tables.table("events", &[("stream", S), ("version", N)], None).await;
        tables.table("commands", &[("command_id", S)], None).await;
        tables.table("journal", &[("log", S), ("position", N)], None).await;
        tables.table("parked", &[("projection", S), ("account_id", S)], None).await;
        tables.table("projections", &[("projection", S), ("name", S)], None).await;
        tables.table("summary", &[("account_id", S)], Some(by_user())).await;
        tables
    }

    /// The full name of a table.
    pub(crate) fn name(&self, table: &str) -> String {
        format!("units-{}-{table}-{}", self.test, std::process::id())
    }

    async fn table(
        &self,
        table: &str,
        keys: &[(&str, ScalarAttributeType)],
        index: Option<GlobalSecondaryIndex>,
    ) {
        let request = self.client.create_table().table_name(self.name(table));
        let mut request = request.billing_mode(BillingMode::PayPerRequest);
        for ((name, kind), role) in keys.iter().zip([KeyType::Hash, KeyType::Range]) {
            request =
                request.attribute_definitions(attribute(name, kind.clone())).key_schema(key(name, role));
        }
        if let Some(index) = index {
            request = request.attribute_definitions(attribute("user_id", S)).global_secondary_indexes(index);
        }
        request.send().await.unwrap();
    }
}

fn by_user() -> GlobalSecondaryIndex {
    GlobalSecondaryIndex::builder()
        .index_name(BY_USER_INDEX)
        .key_schema(key("user_id", KeyType::Hash))
        .key_schema(key("account_id", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .unwrap()
}

fn key(name: &str, role: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(role).build().unwrap()
}

fn attribute(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test's configuration is where it runs")]
async fn client(meter: &Meter) -> Client {
    let url = std::env::var(URL).unwrap_or_else(|_| {
        panic!("{URL} is not set: `cargo xtask test` starts DynamoDB Local and sets it");
    });
    let config = aws_config::from_env().endpoint_url(url).region("us-east-1").test_credentials().load().await;
    Client::from_conf(Builder::from(&config).interceptor(meter.clone()).build())
}
