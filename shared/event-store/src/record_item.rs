//! The record of a command as an item of the commands table.

use application::CommandRecord;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use uuid::Uuid;

use crate::ItemError;

/// The attributes, by their names in the table. `expires_at` is the table's time to live: seconds since 1970.
#[derive(Serialize, Deserialize)]
struct RecordItem {
    command_id: String,
    user_id: String,
    fingerprint: ByteArray<32>,
    path: String,
    request_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    owner: String,
    started_at: String,
    leased_until: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    earlier: Option<String>,
    expires_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
}

pub(crate) fn item_from_record(record: &CommandRecord) -> Result<serde_dynamo::Item, ItemError> {
    let json = |source: serde_json::Error| ItemError::Record(source.into());
    let outcome = record.outcome.as_ref().map(serde_json::to_string).transpose().map_err(json)?;
    let earlier = (!record.earlier.is_empty()).then(|| serde_json::to_string(&record.earlier)).transpose();
    let item = RecordItem {
        command_id: record.command_id.to_string(),
        user_id: record.user_id.to_string(),
        fingerprint: ByteArray::new(record.fingerprint),
        path: record.path.clone(),
        request_id: record.request_id.clone(),
        account_id: record.account_id.as_ref().map(ToString::to_string),
        owner: record.owner.to_string(),
        started_at: record.started_at.to_string(),
        leased_until: record.leased_until.to_string(),
        earlier: earlier.map_err(json)?,
        // Upwards: a key has its one effect for all of its time.
        expires_at: record.expires_at.as_micros().saturating_add(999_999).div_euclid(1_000_000),
        outcome,
    };
    Ok(serde_dynamo::to_item(item)?)
}

pub(crate) fn record_from_item(item: serde_dynamo::Item) -> Result<CommandRecord, ItemError> {
    let item: RecordItem = serde_dynamo::from_item(item)?;
    let json = |source: serde_json::Error| ItemError::Record(source.into());
    let outcome = item.outcome.as_deref().map(serde_json::from_str).transpose().map_err(json)?;
    let earlier = item.earlier.as_deref().map(serde_json::from_str).transpose().map_err(json)?;
    let expires_at_micros = item.expires_at.saturating_mul(1_000_000);
    Ok(CommandRecord {
        command_id: id(&item.command_id)?,
        user_id: item.user_id.parse().map_err(malformed)?,
        fingerprint: item.fingerprint.into_array(),
        path: item.path,
        request_id: item.request_id,
        account_id: item.account_id.map(|id| id.parse().map_err(malformed)).transpose()?,
        owner: id(&item.owner)?,
        started_at: item.started_at.parse()?,
        leased_until: item.leased_until.parse()?,
        expires_at: domain::Timestamp::from_micros(expires_at_micros)?,
        earlier: earlier.unwrap_or_default(),
        outcome,
    })
}

fn id(text: &str) -> Result<Uuid, ItemError> {
    text.parse().map_err(malformed)
}

fn malformed(source: impl std::error::Error + Send + Sync + 'static) -> ItemError {
    ItemError::Record(source.into())
}
