//! The projections: how far each is, and their rebuilds.

mod bodies;

use std::sync::Arc;

use application::{
    AdminError,
    ports::{Projections, Rebuild, RebuildRequest, Scope},
    projections::ProjectionAdmin,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
};
use domain::Timestamp;
use utoipa::ToSchema;

use crate::{
    Problem,
    problem::Code,
    request::{
        AdminOnly, Asked, Body, FromBody, GenerationPath, Incoming, Keyed, ProjectionPath, RebuildPath,
    },
    routes::{Description, Routes, route},
    schema,
};
use bodies::{GenerationsBody, ProjectionsBody, ReadBody, RebuildBody};

const SEGMENTS_DEFAULT: u32 = 4;

/// A rebuild that has begun, and where it is.
type Begun = (StatusCode, [(HeaderName, String); 1], Json<RebuildBody>);

type Side<P> = State<Arc<ProjectionAdmin<P>>>;

/// The routes of the projections.
pub fn projections_routes<P, D>(projections: Arc<ProjectionAdmin<P>>) -> Routes<D>
where
    P: Projections + 'static,
    D: Description,
{
    Routes::new()
        .with(route!(list_projections))
        .with(route!(start_rebuild))
        .with(route!(get_rebuild))
        .with(route!(cancel_rebuild))
        .with(route!(resume_rebuild))
        .with(route!(read_generation))
        .with(route!(drop_generation))
        .with_state(projections)
}

/// List the projections
///
/// How far each is, what it has parked, which generations of its read model there are, and its newest rebuild.
#[utoipa::path(
    get, path = "/v1/admin/projections", tag = "admin",
    responses((status = 200, description = "All of them.", body = ProjectionsBody)),
)]
async fn list_projections<P: Projections>(
    State(projections): Side<P>,
    AdminOnly(caller): AdminOnly,
    Asked(()): Asked<()>,
) -> Result<Json<ProjectionsBody>, Problem> {
    let states = projections.open_to(&caller)?.states().await.map_err(AdminError::from)?;
    Ok(Json(ProjectionsBody::of(states)))
}

/// What is to be rebuilt: all of it, if nothing is said.
#[derive(ToSchema)]
#[schema(as = StartRebuild)]
struct RebuildFields {
    /// As it was at this time, into a generation that is never read by itself. It has to lie a minute in the past.
    #[schema(value_type = Option<schema::Timestamp>)]
    until: Option<String>,
    /// Again from this position of the journal on, in place.
    #[schema(minimum = 1)]
    from_position: Option<u64>,
    /// Whether queries read the new generation once it is complete; true, if absent.
    switch: Option<bool>,
    /// How many parts are rebuilt at the same time.
    #[schema(minimum = 1, maximum = 64, default = 4)]
    workers: Option<u64>,
}

impl FromBody for RebuildFields {
    fn read(body: &mut Body) -> Option<Self> {
        Some(Self {
            until: body.optional_string("until"),
            from_position: body.optional_number("from_position"),
            switch: body.optional_flag("switch"),
            workers: body.optional_number("workers"),
        })
    }
}

impl RebuildFields {
    fn scope(&self) -> Result<Scope, Problem> {
        match (&self.until, self.from_position, self.switch) {
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

    fn segments(&self) -> Result<u32, Problem> {
        let segments = self.workers.map_or(Ok(SEGMENTS_DEFAULT), u32::try_from).unwrap_or(u32::MAX);
        if segments == 0 || segments > RebuildRequest::SEGMENTS_MAX {
            let detail = format!("has to be from 1 to {}", RebuildRequest::SEGMENTS_MAX);
            return Err(Problem::field("workers", detail));
        }
        Ok(segments)
    }
}

/// Rebuild a projection
///
/// Into a generation beside the one that is read, while everything goes on. The rebuild has the id of the command: sent
/// again, it is the same rebuild.
#[utoipa::path(
    post, path = "/v1/admin/projections/{projection}/rebuilds", tag = "admin",
    params(ProjectionPath), request_body = RebuildFields,
    responses((status = 201, description = "The rebuild has begun.", body = RebuildBody)),
    extensions(("x-problems" = json!([
        Code::ProjectionNotFound, Code::RebuildRunning, Code::IdempotencyKeyReused, Code::NotRebuildable
    ]))),
)]
async fn start_rebuild<P: Projections>(
    State(projections): Side<P>,
    AdminOnly(caller): AdminOnly,
    ProjectionPath(projection): ProjectionPath,
    Incoming { request, body }: Incoming<RebuildFields>,
) -> Result<Begun, Problem> {
    let order = RebuildRequest { id: request.command_id, scope: body.scope()?, segments: body.segments()? };
    Ok(begun(projections.open_to(&caller)?.start(projection, &order).await?))
}

fn begun(rebuild: Rebuild) -> Begun {
    let location = format!("/v1/admin/projections/{}/rebuilds/{}", rebuild.projection, rebuild.id);
    (StatusCode::CREATED, [(header::LOCATION, location)], Json(rebuild.into()))
}

/// Get a rebuild
#[utoipa::path(
    get, path = "/v1/admin/projections/{projection}/rebuilds/{rebuild_id}", tag = "admin",
    params(RebuildPath),
    responses((status = 200, description = "How far it is.", body = RebuildBody)),
    extensions(("x-problems" = json!([Code::ProjectionNotFound, Code::RebuildNotFound]))),
)]
async fn get_rebuild<P: Projections>(
    State(projections): Side<P>,
    AdminOnly(caller): AdminOnly,
    RebuildPath(projection, id): RebuildPath,
    Asked(()): Asked<()>,
) -> Result<Json<RebuildBody>, Problem> {
    Ok(Json(projections.open_to(&caller)?.rebuild(projection, id).await?.into()))
}

/// Cancel a rebuild
///
/// The same however often it is sent, like `resume` and `read`: the key has to be there, but stands for nothing.
#[utoipa::path(
    post, path = "/v1/admin/projections/{projection}/rebuilds/{rebuild_id}/cancel", tag = "admin",
    params(RebuildPath),
    responses((status = 200, description = "It is given up.", body = RebuildBody)),
    extensions(("x-problems" = json!([Code::ProjectionNotFound, Code::RebuildNotFound, Code::RebuildOver]))),
)]
async fn cancel_rebuild<P: Projections>(
    State(projections): Side<P>,
    AdminOnly(caller): AdminOnly,
    Keyed: Keyed,
    RebuildPath(projection, id): RebuildPath,
    Asked(()): Asked<()>,
) -> Result<Json<RebuildBody>, Problem> {
    Ok(Json(projections.open_to(&caller)?.cancel(projection, id).await?.into()))
}

/// Set a rebuild going again
///
/// One whose workers have died, and that has stood still since.
#[utoipa::path(
    post, path = "/v1/admin/projections/{projection}/rebuilds/{rebuild_id}/resume", tag = "admin",
    params(RebuildPath),
    responses((status = 200, description = "It goes on.", body = RebuildBody)),
    extensions(("x-problems" = json!([Code::ProjectionNotFound, Code::RebuildNotFound, Code::RebuildOver]))),
)]
async fn resume_rebuild<P: Projections>(
    State(projections): Side<P>,
    AdminOnly(caller): AdminOnly,
    Keyed: Keyed,
    RebuildPath(projection, id): RebuildPath,
    Asked(()): Asked<()>,
) -> Result<Json<RebuildBody>, Problem> {
    Ok(Json(projections.open_to(&caller)?.resume(projection, id).await?.into()))
}

/// Read another generation
///
/// Forwards, or back to one before.
#[utoipa::path(
    post, path = "/v1/admin/projections/{projection}/generations/{generation}/read", tag = "admin",
    params(GenerationPath),
    responses((status = 200, description = "Queries read it from now on.", body = ReadBody)),
    extensions(("x-problems" = json!([
        Code::ProjectionNotFound, Code::GenerationNotFound, Code::NotRebuildable
    ]))),
)]
async fn read_generation<P: Projections>(
    State(projections): Side<P>,
    AdminOnly(caller): AdminOnly,
    Keyed: Keyed,
    GenerationPath(projection, generation): GenerationPath,
    Asked(()): Asked<()>,
) -> Result<Json<ReadBody>, Problem> {
    let generations = projections.open_to(&caller)?.read(projection, generation).await?;
    Ok(Json(ReadBody { projection, generations: GenerationsBody::from(generations) }))
}

/// Nothing needs to be said.
#[derive(ToSchema)]
#[schema(as = DropGeneration)]
struct NoFields {}

impl FromBody for NoFields {
    fn read(_: &mut Body) -> Option<Self> {
        Some(Self {})
    }
}

/// Take a generation away
///
/// With all that is in it. It goes like a rebuild: in parts, with progress.
#[utoipa::path(
    post, path = "/v1/admin/projections/{projection}/generations/{generation}/drop", tag = "admin",
    params(GenerationPath), request_body = NoFields,
    responses((status = 201, description = "It is being taken away.", body = RebuildBody)),
    extensions(("x-problems" = json!([
        Code::ProjectionNotFound, Code::GenerationNotFound, Code::GenerationInUse, Code::RebuildRunning,
        Code::IdempotencyKeyReused, Code::NotRebuildable
    ]))),
)]
async fn drop_generation<P: Projections>(
    State(projections): Side<P>,
    AdminOnly(caller): AdminOnly,
    GenerationPath(projection, generation): GenerationPath,
    Incoming { request, body: NoFields {} }: Incoming<NoFields>,
) -> Result<Begun, Problem> {
    let order = RebuildRequest { id: request.command_id, scope: Scope::Drop { generation }, segments: 1 };
    Ok(begun(projections.open_to(&caller)?.start(projection, &order).await?))
}
