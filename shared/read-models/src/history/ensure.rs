//! The index and its alias, made when they are first needed. Whoever comes second finds them.

use opensearch::{
    http::StatusCode,
    indices::{IndicesCreateParts, IndicesExistsAliasParts},
};
use serde_json::{Value, json};

use super::{INDEX_VERSION, IndexError, OpenSearchHistory, error::accepted};

/// Settings and mapping of the index; strict, so that a field it does not know is refused instead of guessed at.
const DEFINITION: &str = include_str!("transactions-v2.json");

impl OpenSearchHistory {
    /// Makes the index and its alias if there is no such alias. Where one is, it stays, whatever it points to: another
    /// version may be in use.
    ///
    /// # Errors
    /// [`IndexError`].
    pub async fn ensure(&self) -> Result<(), IndexError> {
        let alias = IndicesExistsAliasParts::Name(&[&self.alias]);
        let exists = self.client.indices().exists_alias(alias).send().await?;
        if exists.status_code() == StatusCode::NOT_FOUND {
            return self.create().await;
        }
        accepted(exists).await.map(|_| ())
    }

    async fn create(&self) -> Result<(), IndexError> {
        let index = format!("{}-v{INDEX_VERSION}", self.alias);
        let mut body: Value = serde_json::from_str(DEFINITION).map_err(opensearch::Error::from)?;
        body["aliases"] = json!({ &self.alias: { "is_write_index": true } });
        let indices = self.client.indices();
        let response = indices.create(IndicesCreateParts::Index(&index)).body(body).send().await?;
        match accepted(response).await {
            Err(error) if error.is(StatusCode::BAD_REQUEST, "resource_already_exists_exception") => {
                self.point_at(&index).await
            }
            created => created.map(|_| ()),
        }
    }

    /// Somebody else has made the index just now, with its alias; or it was left without one.
    async fn point_at(&self, index: &str) -> Result<(), IndexError> {
        let add = json!({ "add": { "index": index, "alias": self.alias, "is_write_index": true } });
        let indices = self.client.indices();
        let response = indices.update_aliases().body(json!({ "actions": [add] })).send().await?;
        accepted(response).await.map(|_| ())
    }
}
