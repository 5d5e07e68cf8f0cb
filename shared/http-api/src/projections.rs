//! The projections: how far each is, and their rebuilds.

use std::sync::Arc;

use application::{
    AdminError,
    ports::{
        Generation, Generations, Lag, ParkedCount, Projection, ProjectionState, Projections, Rebuild,
        RebuildRequest, RebuildStatus, Scope, Total,
    },
    projections::ProjectionAdmin,
};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    middleware,
    routing::{get, post},
};
use domain::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Problem,
    request::{Body, Identity, Incoming, Keyed, Parameters},
    response::finish,
};

const SEGMENTS_DEFAULT: u32 = 4;

/// A rebuild that has begun, and where it is.
type Begun = (StatusCode, [(header::HeaderName, String); 1], Json<Value>);

type Side<P> = State<Arc<ProjectionAdmin<P>>>;

/// The routes of the projections.
pub fn projections_router<P: Projections + 'static>(projections: Arc<ProjectionAdmin<P>>) -> Router {
    let one = "/v1/admin/projections/{projection}/rebuilds/{rebuild_id}";
    Router::new()
        .route("/v1/admin/projections", get(list_projections))
        .route("/v1/admin/projections/{projection}/rebuilds", post(start_rebuild))
        .route(one, get(get_rebuild))
        .route(&format!("{one}/cancel"), post(cancel_rebuild))
        .route(&format!("{one}/resume"), post(resume_rebuild))
        .route("/v1/admin/projections/{projection}/generations/{generation}/read", post(read_generation))
        .route("/v1/admin/projections/{projection}/generations/{generation}/drop", post(drop_generation))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .with_state(projections)
        .layer(middleware::from_fn(finish))
}

async fn list_projections<P: Projections>(
    State(projections): Side<P>,
    Identity(caller): Identity,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    parameters.finish()?;
    let states = projections.open_to(&caller)?.states().await.map_err(AdminError::from)?;
    Ok(Json(json!({ "projections": states.iter().map(state).collect::<Vec<_>>() })))
}

/// The rebuild has the id of the command: sent again, it is the same rebuild.
async fn start_rebuild<P: Projections>(
    State(projections): Side<P>,
    Path(projection): Path<String>,
    Incoming { request, mut body }: Incoming,
) -> Result<Begun, Problem> {
    let scope = scope(&mut body);
    let segments = body.optional_number("workers");
    let scope = body.finish(Some(scope))??;
    let segments = segments.map_or(Ok(SEGMENTS_DEFAULT), u32::try_from).unwrap_or(u32::MAX);
    if segments == 0 || segments > RebuildRequest::SEGMENTS_MAX {
        let detail = format!("has to be from 1 to {}", RebuildRequest::SEGMENTS_MAX);
        return Err(Problem::field("workers", detail));
    }
    let order = RebuildRequest { id: request.command_id, scope, segments };
    let rebuild = projections.open_to(&request.caller)?.start(named(&projection)?, &order).await?;
    Ok(begun(&rebuild))
}

fn begun(rebuild: &Rebuild) -> Begun {
    let location = format!("/v1/admin/projections/{}/rebuilds/{}", rebuild.projection, rebuild.id);
    (StatusCode::CREATED, [(header::LOCATION, location)], Json(body_of(rebuild)))
}

fn scope(body: &mut Body) -> Result<Scope, Problem> {
    let (until, from) = (body.optional_string("until"), body.optional_number("from_position"));
    let switch = body.optional_flag("switch");
    match (until, from, switch) {
        (Some(until), None, None) => match until.parse::<Timestamp>() {
            Ok(until) => Ok(Scope::Until { until }),
            Err(_) => Err(Problem::field("until", "has to be a time like 2026-11-24T09:30:00Z")),
        },
        (None, Some(from), None) if from > 0 => Ok(Scope::From { from }),
        (None, Some(_), None) => Err(Problem::field("from_position", "positions begin with 1")),
        (None, None, switch) => Ok(Scope::All { switch: switch.unwrap_or(true) }),
        _ => Err(Problem::field(
            "until",
            "goes with none of from_position and switch, nor they with each other",
        )),
    }
}

async fn get_rebuild<P: Projections>(
    State(projections): Side<P>,
    Identity(caller): Identity,
    Path((projection, id)): Path<(String, String)>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    parameters.finish()?;
    let rebuild = projections.open_to(&caller)?.rebuild(named(&projection)?, rebuild_id(&id)?).await?;
    Ok(Json(body_of(&rebuild)))
}

/// The same however often it is sent, like all that follows: the key has to be there, but stands for nothing.
async fn cancel_rebuild<P: Projections>(
    State(projections): Side<P>,
    Identity(caller): Identity,
    Keyed: Keyed,
    Path((projection, id)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let rebuild = projections.open_to(&caller)?.cancel(named(&projection)?, rebuild_id(&id)?).await?;
    Ok(Json(body_of(&rebuild)))
}

async fn resume_rebuild<P: Projections>(
    State(projections): Side<P>,
    Identity(caller): Identity,
    Keyed: Keyed,
    Path((projection, id)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let rebuild = projections.open_to(&caller)?.resume(named(&projection)?, rebuild_id(&id)?).await?;
    Ok(Json(body_of(&rebuild)))
}

async fn read_generation<P: Projections>(
    State(projections): Side<P>,
    Identity(caller): Identity,
    Keyed: Keyed,
    Path((projection, generation)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let generations = projections.open_to(&caller)?.read(named(&projection)?, number(&generation)?).await?;
    Ok(Json(json!({ "projection": named(&projection)?, "generations": generations_body(&generations) })))
}

async fn drop_generation<P: Projections>(
    State(projections): Side<P>,
    Path((projection, generation)): Path<(String, String)>,
    Incoming { request, body }: Incoming,
) -> Result<Begun, Problem> {
    body.finish(Some(()))?;
    let scope = Scope::Drop { generation: number(&generation)? };
    let order = RebuildRequest { id: request.command_id, scope, segments: 1 };
    Ok(begun(&projections.open_to(&request.caller)?.start(named(&projection)?, &order).await?))
}

fn named(projection: &str) -> Result<Projection, Problem> {
    projection.parse().map_err(|_| Problem::projection_not_found())
}

fn rebuild_id(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| Problem::rebuild_not_found())
}

fn number(generation: &str) -> Result<Generation, Problem> {
    generation.parse().map_err(|_| Problem::generation_not_found())
}

fn state(state: &ProjectionState) -> Value {
    let ProjectionState { projection, position, lag, parked, generations, rebuild } = state;
    let Lag { commits, is_at_least, since } = lag;
    let ParkedCount { accounts, is_at_least: parked_at_least, oldest } = parked;
    json!({
        "projection": projection,
        "position": position,
        "lag": { "commits": commits, "is_at_least": is_at_least, "since": since },
        "parked": { "accounts": accounts, "is_at_least": parked_at_least, "oldest": oldest },
        "generations": generations.as_ref().map(generations_body),
        "rebuild": rebuild.as_ref().map(body_of),
    })
}

fn generations_body(generations: &Generations) -> Value {
    let Generations { read, written, newest } = generations;
    json!({ "read": read, "written": written, "newest": newest })
}

fn body_of(rebuild: &Rebuild) -> Value {
    let (until, from, switch) = match rebuild.scope {
        Scope::All { switch } => (None, None, Some(switch)),
        Scope::Until { until } => (Some(until), None, None),
        Scope::From { from } => (None, Some(from), None),
        Scope::Drop { .. } => (None, None, None),
    };
    json!({
        "rebuild_id": rebuild.id,
        "projection": rebuild.projection,
        "kind": kind(rebuild.scope),
        "until": until,
        "from_position": from,
        "switch": switch,
        "generation": rebuild.generation,
        "status": status(rebuild.status),
        "workers": rebuild.segments,
        "workers_done": rebuild.segments_done,
        "done": rebuild.done,
        "total": rebuild.total,
        "unreadable": rebuild.unreadable,
        "parked": rebuild.parked,
        "started_at": rebuild.started_at,
        "ended_at": rebuild.ended_at,
        "totals": rebuild.totals.iter().map(total).collect::<Vec<_>>(),
    })
}

fn kind(scope: Scope) -> &'static str {
    match scope {
        Scope::All { .. } => "all",
        Scope::Until { .. } => "until",
        Scope::From { .. } => "from",
        Scope::Drop { .. } => "drop",
    }
}

fn status(status: RebuildStatus) -> &'static str {
    match status {
        RebuildStatus::Running => "running",
        RebuildStatus::Cancelling => "cancelling",
        RebuildStatus::Completed => "completed",
        RebuildStatus::Cancelled => "cancelled",
    }
}

fn total(total: &Total) -> Value {
    json!({
        "currency": total.currency,
        "accounts": total.accounts,
        "balance": total.balance.to_string(),
        "deposits": total.deposits.to_string(),
        "withdrawals": total.withdrawals.to_string(),
        "transfers_out": total.transfers_out.to_string(),
        "transfers_in": total.transfers_in.to_string(),
    })
}
