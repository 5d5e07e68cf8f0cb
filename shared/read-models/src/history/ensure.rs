//! The indices and their aliases: one index a generation, made by a rebuild, or the first one by whoever needs it first.
//!
//! Writers name a generation by an alias of its own (`transactions.v2`), queries name the alias of what is read
//! (`transactions`). No writer names an index itself: the cluster would make one that is not there, with a mapping of its
//! own guessing.

use application::ports::Generation;
use opensearch::{
    http::StatusCode,
    indices::{
        IndicesCreateParts, IndicesDeleteParts, IndicesExistsAliasParts, IndicesExistsParts,
        IndicesGetAliasParts, IndicesRefreshParts,
    },
};
use serde_json::{Map, Value, json};

use super::{IndexError, IndexGenerations, OpenSearchHistory, error::accepted};
use crate::generations::Generational;

/// Settings and mapping of the index; strict, so that a field it does not know is refused instead of guessed at.
///
/// Documents lie sorted as a page of the newest asks for them, account by account: whoever has twenty of them is done,
/// however many the account has.
const DEFINITION: &str = include_str!("transactions-v3.json");

/// The generation that nobody has to make.
const FIRST: Generation = 1;

impl Generational for OpenSearchHistory {
    fn at(&self, generation: Generation) -> Self {
        Self { client: self.client.clone(), base: self.base.clone(), alias: self.alias_of(generation) }
    }
}

impl IndexGenerations for OpenSearchHistory {
    /// Makes the index of a generation, if there is none. The first one is read from the beginning.
    async fn open(&self, generation: Generation) -> Result<(), IndexError> {
        let index = self.index_of(generation);
        let mut aliases = vec![self.alias_of(generation)];
        if generation == FIRST && !self.is_there(&self.base).await? {
            aliases.push(self.base.clone());
        }
        let mut body: Value = serde_json::from_str(DEFINITION).map_err(opensearch::Error::from)?;
        let named = aliases.iter().map(|alias| (alias.clone(), json!({})));
        body["aliases"] = Value::Object(named.collect::<Map<_, _>>());
        let indices = self.client.indices();
        let response = indices.create(IndicesCreateParts::Index(&index)).body(body).send().await?;
        match accepted(response).await {
            // Somebody else has made it just now, with its aliases; or it was left without one.
            Err(error) if error.is(StatusCode::BAD_REQUEST, "resource_already_exists_exception") => {
                let add = |alias| json!({ "add": { "index": index, "alias": alias } });
                self.change_aliases(aliases.into_iter().map(add).collect()).await
            }
            created => created.map(|_| ()),
        }
    }

    /// Lets queries read a generation and no other, in one step. What was written to it before, they find.
    async fn publish(&self, generation: Generation) -> Result<(), IndexError> {
        let index = self.index_of(generation);
        let indices = self.client.indices();
        match accepted(indices.refresh(IndicesRefreshParts::Index(&[&index])).send().await?).await {
            // OpenSearch Serverless has no such call, and lets searches see what was written by itself a little later.
            Err(IndexError::Answered { status, .. }) if status == StatusCode::NOT_FOUND.as_u16() => {}
            refreshed => drop(refreshed?),
        }
        let read = indices.get_alias(IndicesGetAliasParts::Name(&[&self.base])).send().await?;
        let read: Map<String, Value> = match accepted(read).await {
            Ok(read) => read.json().await?,
            Err(IndexError::Answered { status, .. }) if status == StatusCode::NOT_FOUND.as_u16() => {
                Map::new()
            }
            Err(error) => return Err(error),
        };
        let others = read.keys().filter(|one| **one != index);
        let mut actions: Vec<Value> =
            others.map(|one| json!({ "remove": { "index": one, "alias": self.base } })).collect();
        actions.push(json!({ "add": { "index": index, "alias": self.base } }));
        self.change_aliases(actions).await
    }

    /// Takes the index of a generation away; if it is gone already, it stays so.
    async fn discard(&self, generation: Generation) -> Result<(), IndexError> {
        let index = self.index_of(generation);
        let response = self.client.indices().delete(IndicesDeleteParts::Index(&[&index])).send().await?;
        match accepted(response).await {
            Err(IndexError::Answered { status, .. }) if status == StatusCode::NOT_FOUND.as_u16() => Ok(()),
            deleted => deleted.map(|_| ()),
        }
    }
}

impl OpenSearchHistory {
    /// Makes the first index and its aliases if nothing is read yet, and the alias of an index that was made without it.
    /// A generation that was taken away stays so.
    ///
    /// # Errors
    /// [`IndexError`].
    pub async fn ensure(&self) -> Result<(), IndexError> {
        let is_first = self.alias == self.base || self.alias == self.alias_of(FIRST);
        if is_first && (!self.is_there(&self.base).await? || self.has_index(FIRST).await?) {
            return self.open(FIRST).await;
        }
        Ok(())
    }

    async fn has_index(&self, generation: Generation) -> Result<bool, IndexError> {
        let index = self.index_of(generation);
        let exists = self.client.indices().exists(IndicesExistsParts::Index(&[&index])).send().await?;
        if exists.status_code() == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        accepted(exists).await.map(|_| true)
    }

    async fn is_there(&self, alias: &str) -> Result<bool, IndexError> {
        let exists =
            self.client.indices().exists_alias(IndicesExistsAliasParts::Name(&[alias])).send().await?;
        if exists.status_code() == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        accepted(exists).await.map(|_| true)
    }

    async fn change_aliases(&self, actions: Vec<Value>) -> Result<(), IndexError> {
        let indices = self.client.indices();
        let response = indices.update_aliases().body(json!({ "actions": actions })).send().await?;
        accepted(response).await.map(|_| ())
    }

    fn alias_of(&self, generation: Generation) -> String {
        format!("{}.v{generation}", self.base)
    }

    fn index_of(&self, generation: Generation) -> String {
        format!("{}-v{generation}", self.base)
    }
}
