//! The event feed, for whoever follows everything that happens.

use std::sync::Arc;

use application::{
    feed::{Feed, FeedEvent, FeedPage},
    ports::{EventStore, Journal},
};
use axum::{Json, Router, extract::State, middleware, routing::get};
use serde_json::{Value, json};

use super::past::event;
use crate::{
    Problem,
    request::{Identity, Parameters},
    response::finish,
};

const COMMITS_DEFAULT: usize = 100;
const COMMITS_MAX: usize = 500;

/// The route of the event feed.
pub fn feed_router<S: EventStore + 'static, J: Journal + 'static>(feed: Arc<Feed<S, J>>) -> Router {
    Router::new()
        .route("/v1/events", get(list_all_events))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .with_state(feed)
        .layer(middleware::from_fn(finish))
}

async fn list_all_events<S: EventStore, J: Journal>(
    State(feed): State<Arc<Feed<S, J>>>,
    Identity(caller): Identity,
    mut parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let after = parameters.parsed::<u64>("after", "a position, like 41, or 0")?.unwrap_or(0);
    let limit = parameters.parsed::<usize>("limit", "a number")?.unwrap_or(COMMITS_DEFAULT);
    parameters.finish()?;
    if limit == 0 || limit > COMMITS_MAX {
        return Err(Problem::parameter("limit", format!("has to be from 1 to {COMMITS_MAX}")));
    }
    let FeedPage { events, has_more } = feed.after(&caller, after, limit).await?;
    let next_after = events.last().map_or(after, |last| last.position);
    let events: Vec<Value> = events.iter().map(placed).collect();
    Ok(Json(json!({ "events": events, "next_after": next_after, "has_more": has_more })))
}

fn placed(FeedEvent { position, stream, event: audited }: &FeedEvent) -> Value {
    let mut placed = event(audited);
    placed["position"] = json!(position);
    placed["stream"] = json!(stream.as_str());
    placed["account_id"] = json!(stream.account_id());
    placed
}
