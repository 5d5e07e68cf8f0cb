//! The administration of the projections: what is parked, and setting it going again.

use std::sync::Arc;

use application::{
    admin::{Admin, ParkedPage},
    ports::{Parked, ParkedAccounts, ParkedId, Projection, Redriven},
};
use axum::{
    Json,
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};
use domain::{AccountId, Timestamp};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Problem,
    problem::Code,
    request::{AdminOnly, Asked, FromParameters, Keyed, Parameters, ParkedPath},
    response::next_page,
    routes::{Description, Routes, route},
    schema,
};

const PARKED_DEFAULT: usize = 20;
const PARKED_MAX: usize = 100;

type Side<P> = State<Arc<Admin<P>>>;

/// The routes of parked accounts.
pub fn admin_routes<P, D>(admin: Arc<Admin<P>>) -> Routes<D>
where
    P: ParkedAccounts + 'static,
    D: Description,
{
    Routes::new().with(route!(list_parked)).with(route!(redrive)).with_state(admin)
}

/// Which parked accounts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct ParkedParameters {
    /// Only of this one.
    #[param(value_type = Option<schema::Projection>, inline)]
    projection: Option<Projection>,
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    limit: usize,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<schema::ParkedId>, inline)]
    cursor: Option<ParkedId>,
}

impl FromParameters for ParkedParameters {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        Ok(Self {
            projection: parameters.parsed("projection", "account-summary, transaction-history or journal")?,
            limit: parameters.number("limit", 1..=PARKED_MAX)?.unwrap_or(PARKED_DEFAULT),
            cursor: parameters.parsed("cursor", "the next_cursor of the page before")?,
        })
    }
}

/// List the accounts that a projection has stopped at
#[utoipa::path(
    get, path = "/v1/admin/parked", tag = "admin", params(ParkedParameters),
    responses((
        status = 200, description = "Parked accounts, by projection and account.", body = ParkedPageBody,
        headers(("Link" = Option<String>, description = "The next page, with `rel=\"next\"`."))
    )),
)]
async fn list_parked<P: ParkedAccounts>(
    State(admin): Side<P>,
    AdminOnly(caller): AdminOnly,
    uri: Uri,
    Asked(ParkedParameters { projection, limit, cursor }): Asked<ParkedParameters>,
) -> Result<Response, Problem> {
    let ParkedPage { parked, next } = admin.parked(&caller, projection, cursor.as_ref(), limit).await?;
    let next_cursor = next.map(|id| id.to_string());
    let link = next_cursor.as_deref().map(|cursor| next_page(&uri, &[], "cursor", cursor));
    let parked = parked.into_iter().map(ParkedBody::from).collect();
    Ok((link, Json(ParkedPageBody { parked, next_cursor })).into_response())
}

/// Set a parked account going again
///
/// From its events, after what stopped it was mended. The same however often it is sent: the key has to be there, as
/// with every `POST`, but stands for nothing.
#[utoipa::path(
    post, path = "/v1/admin/parked/{parked_id}/redrive", tag = "admin", params(ParkedPath),
    responses((status = 200, description = "What came of it.", body = RedrivenBody)),
    extensions(("x-problems" = json!([Code::ParkedNotFound]))),
)]
async fn redrive<P: ParkedAccounts>(
    State(admin): Side<P>,
    AdminOnly(caller): AdminOnly,
    Keyed: Keyed,
    ParkedPath(id): ParkedPath,
    Asked(()): Asked<()>,
) -> Result<Json<RedrivenBody>, Problem> {
    Ok(Json(match admin.redrive(&caller, &id).await? {
        Redriven::UpToDate { version } => RedrivenBody::UpToDate {
            id: id.to_string(),
            projection: id.projection,
            account_id: id.account_id,
            version,
        },
        Redriven::StillParked(parked) => RedrivenBody::StillParked(parked.into()),
    }))
}

/// Parked accounts.
#[derive(Serialize, ToSchema)]
#[schema(as = ParkedAccounts)]
struct ParkedPageBody {
    parked: Vec<ParkedBody>,
    /// Null on the last page.
    #[schema(value_type = Option<schema::ParkedId>)]
    next_cursor: Option<String>,
}

/// An account that a projection has stopped at.
#[derive(Serialize, ToSchema)]
#[schema(as = ParkedAccount)]
struct ParkedBody {
    #[schema(value_type = schema::ParkedId)]
    id: String,
    #[schema(value_type = schema::Projection)]
    projection: Projection,
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    /// The first version that could not be projected.
    version: u64,
    /// Why, for people.
    reason: String,
    /// Null if it is not known any more.
    #[schema(value_type = Option<schema::Timestamp>)]
    parked_at: Option<Timestamp>,
}

/// What came of redriving an account.
#[derive(Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[schema(as = Redriven)]
enum RedrivenBody {
    /// It is parked no more.
    UpToDate {
        #[schema(value_type = schema::ParkedId)]
        id: String,
        #[schema(value_type = schema::Projection)]
        projection: Projection,
        #[schema(value_type = schema::AccountId)]
        account_id: AccountId,
        /// Up to which its events are projected.
        version: u64,
    },
    /// It still cannot be projected.
    StillParked(ParkedBody),
}

impl From<Parked> for ParkedBody {
    fn from(parked: Parked) -> Self {
        Self {
            id: parked.id().to_string(),
            projection: parked.projection,
            account_id: parked.account_id,
            version: parked.version,
            reason: parked.reason,
            parked_at: parked.parked_at,
        }
    }
}
