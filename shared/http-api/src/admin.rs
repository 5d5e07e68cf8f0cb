//! The administration of the projections: what is parked, and setting it going again.

use std::sync::Arc;

use application::{
    admin::{Admin, ParkedPage},
    ports::{Parked, ParkedAccounts, ParkedId, Projection, Redriven},
};
use axum::{
    Json, Router,
    extract::{Path, State},
    middleware,
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    Problem,
    request::{Identity, Keyed, Parameters},
    response::finish,
};

const PARKED_DEFAULT: usize = 20;
const PARKED_MAX: usize = 100;

type Side<P> = State<Arc<Admin<P>>>;

/// The routes of the administration.
pub fn admin_router<P: ParkedAccounts + 'static>(admin: Arc<Admin<P>>) -> Router {
    Router::new()
        .route("/v1/admin/parked", get(list_parked))
        .route("/v1/admin/parked/{parked_id}/redrive", post(redrive))
        .fallback(async || Problem::route_not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .with_state(admin)
        .layer(middleware::from_fn(finish))
}

async fn list_parked<P: ParkedAccounts>(
    State(admin): Side<P>,
    Identity(caller): Identity,
    mut parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let projection =
        parameters.parsed::<Projection>("projection", "account-summary or transaction-history")?;
    let limit = parameters.parsed::<usize>("limit", "a number")?.unwrap_or(PARKED_DEFAULT);
    let after = parameters.parsed::<ParkedId>("cursor", "the next_cursor of the page before")?;
    parameters.finish()?;
    if limit == 0 || limit > PARKED_MAX {
        return Err(Problem::parameter("limit", format!("has to be from 1 to {PARKED_MAX}")));
    }
    let ParkedPage { parked, next } = admin.parked(&caller, projection, after.as_ref(), limit).await?;
    let next_cursor = next.map(|id| id.to_string());
    Ok(Json(json!({ "parked": parked.iter().map(body).collect::<Vec<_>>(), "next_cursor": next_cursor })))
}

/// The same however often it is sent: the key has to be there, as with every `POST`, but stands for nothing.
async fn redrive<P: ParkedAccounts>(
    State(admin): Side<P>,
    Identity(caller): Identity,
    Keyed: Keyed,
    Path(parked_id): Path<String>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    parameters.finish()?;
    // Whoever may not ask learns nothing of what an id could be.
    let id: Result<ParkedId, _> = parked_id.parse();
    let Some(id) = id.ok().filter(|_| caller.is_admin) else {
        return Err(if caller.is_admin { Problem::parked_not_found() } else { Problem::forbidden() });
    };
    Ok(Json(match admin.redrive(&caller, &id).await? {
        Redriven::UpToDate { version } => json!({
            "id": id.to_string(),
            "projection": id.projection,
            "account_id": id.account_id,
            "outcome": "up_to_date",
            "version": version,
        }),
        Redriven::StillParked(parked) => {
            let mut body = body(&parked);
            body["outcome"] = json!("still_parked");
            body
        }
    }))
}

fn body(parked: &Parked) -> Value {
    json!({
        "id": parked.id().to_string(),
        "projection": parked.projection,
        "account_id": parked.account_id,
        "version": parked.version,
        "reason": parked.reason,
        "parked_at": parked.parked_at,
    })
}
