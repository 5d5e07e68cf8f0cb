//! The event feed, for whoever follows everything that happens.

use std::sync::Arc;

use application::{
    feed::{Feed, FeedEvent, FeedPage},
    ports::{EventStore, Journal},
};
use axum::{Json, extract::State};
use domain::AccountId;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::past::EventBody;
use crate::{
    Problem,
    request::{AdminOnly, Asked, FromParameters, NUMBER_MAX, Parameters},
    routes::{Description, Routes, route},
    schema,
};

const COMMITS_DEFAULT: usize = 100;
const COMMITS_MAX: usize = 500;

/// The route of the event feed.
pub fn feed_routes<S, J, D>(feed: Arc<Feed<S, J>>) -> Routes<D>
where
    S: EventStore + 'static,
    J: Journal + 'static,
    D: Description,
{
    Routes::new().with(route!(list_all_events)).with_state(feed)
}

/// From where on, and how much.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct FeedParameters {
    /// The position that was seen last, 0 for none.
    #[param(default = 0, required = false)]
    after: u64,
    /// How many positions, each of a commit with one event or more.
    #[param(minimum = 1, maximum = 500, default = 100, required = false)]
    limit: usize,
}

impl FromParameters for FeedParameters {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let after = parameters.number("after", 0..=NUMBER_MAX)?.unwrap_or(0);
        let limit = parameters.number("limit", 1..=COMMITS_MAX)?.unwrap_or(COMMITS_DEFAULT);
        Ok(Self { after, limit })
    }
}

/// Follow all events
///
/// Of all accounts, in the order of the journal, whose positions have no gaps and do not change.
#[utoipa::path(
    get, path = "/v1/events", tag = "feed", params(FeedParameters),
    responses((status = 200, description = "Events in order.", body = FeedBody)),
)]
async fn list_all_events<S: EventStore, J: Journal>(
    State(feed): State<Arc<Feed<S, J>>>,
    AdminOnly(caller): AdminOnly,
    Asked(FeedParameters { after, limit }): Asked<FeedParameters>,
) -> Result<Json<FeedBody>, Problem> {
    let FeedPage { events, has_more } = feed.after(&caller, after, limit).await?;
    let next_after = events.last().map_or(after, |last| last.position);
    let events = events.into_iter().map(FeedEventBody::from).collect();
    Ok(Json(FeedBody { events, next_after, has_more }))
}

/// A part of the feed.
#[derive(Serialize, ToSchema)]
#[schema(as = Feed)]
struct FeedBody {
    events: Vec<FeedEventBody>,
    /// What to ask for next.
    next_after: u64,
    /// Whether there is more already.
    has_more: bool,
}

/// An event, and where it is in the journal.
#[derive(Serialize, ToSchema)]
#[schema(as = FeedEvent)]
struct FeedEventBody {
    #[serde(flatten)]
    event: EventBody,
    /// Of its commit: 1, 2, 3 and so on.
    position: u64,
    /// What it happened to.
    stream: String,
    /// The account that it happened to; null if it was none.
    #[schema(value_type = Option<schema::AccountId>)]
    account_id: Option<AccountId>,
}

impl From<FeedEvent> for FeedEventBody {
    fn from(FeedEvent { position, stream, event }: FeedEvent) -> Self {
        Self {
            account_id: stream.account_id(),
            stream: stream.as_str().to_owned(),
            event: event.into(),
            position,
        }
    }
}
