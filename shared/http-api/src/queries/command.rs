//! What came of a command: for a client whose request was not answered.

use application::{
    commands::Caller,
    ports::{CommandStore, Environment, History, Summaries},
    queries::{CommandStatus, Queries},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Side;
use crate::{
    Problem,
    answer::{self, CommandBody, location, refused},
    problem::{Code, ProblemBody},
    request::{Asked, CommandPath, FromParameters, Identity, Parameters, command_id},
};

/// Get what came of a command
#[utoipa::path(
    get, path = "/v1/commands/{command_id}", tag = "commands", params(CommandPath),
    responses((status = 200, description = "Where the command stands.", body = CommandStatusBody)),
    extensions(("x-problems" = json!([Code::CommandNotFound]))),
)]
pub(super) async fn get_command<S: CommandStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    Identity(caller): Identity,
    CommandPath(command_id): CommandPath,
    Asked(()): Asked<()>,
) -> Result<Json<CommandStatusBody>, Problem> {
    status(&queries, &caller, command_id).await
}

/// Which command.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct KeyParameters {
    /// The `Idempotency-Key` that the caller has sent it with.
    #[param(min_length = 1, max_length = 128, pattern = "^[!-~]{1,128}$")]
    idempotency_key: String,
}

impl FromParameters for KeyParameters {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let key = parameters.text("idempotency_key")?;
        let idempotency_key = key.ok_or_else(|| Problem::parameter("idempotency_key", "is missing"))?;
        Ok(Self { idempotency_key })
    }
}

/// Find what came of a command by its key
///
/// Who was never answered knows the key alone.
#[utoipa::path(
    get, path = "/v1/commands", tag = "commands", params(KeyParameters),
    responses((status = 200, description = "Where the command stands.", body = CommandStatusBody)),
    extensions(("x-problems" = json!([Code::CommandNotFound]))),
)]
pub(super) async fn find_command<S: CommandStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    Identity(caller): Identity,
    Asked(KeyParameters { idempotency_key }): Asked<KeyParameters>,
) -> Result<Json<CommandStatusBody>, Problem> {
    status(&queries, &caller, command_id(&caller.user_id, &idempotency_key)).await
}

/// Where a command stands.
#[derive(Serialize, ToSchema)]
#[schema(as = CommandStatus)]
pub(super) struct CommandStatusBody {
    command_id: Uuid,
    #[serde(flatten)]
    outcome: OutcomeBody,
}

/// What came of a command.
#[derive(Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
#[schema(as = CommandOutcome)]
enum OutcomeBody {
    /// Somebody is at it.
    InFlight,
    /// It has had its effect.
    Succeeded { answer: ReceiptAnswer },
    /// It has none, and will have none.
    Rejected { answer: RefusalAnswer },
}

/// The answer that the command was given.
#[derive(Serialize, ToSchema)]
struct ReceiptAnswer {
    #[schema(example = 201)]
    status: u16,
    /// Where what it made is.
    location: String,
    body: CommandBody,
}

/// The problem that the command was answered with.
#[derive(Serialize, ToSchema)]
struct RefusalAnswer {
    #[schema(example = 422)]
    status: u16,
    body: ProblemBody,
}

async fn status<S: CommandStore, R: Summaries, H: History, E: Environment>(
    queries: &Queries<S, R, H, E>,
    caller: &Caller,
    command_id: Uuid,
) -> Result<Json<CommandStatusBody>, Problem> {
    let outcome = match queries.command(caller, command_id).await? {
        CommandStatus::InFlight => OutcomeBody::InFlight,
        CommandStatus::Decided { outcome, path, request_id } => match *outcome {
            Ok(receipt) => OutcomeBody::Succeeded {
                answer: ReceiptAnswer {
                    status: StatusCode::CREATED.as_u16(),
                    location: location(&receipt),
                    body: answer::body(command_id, &receipt),
                },
            },
            Err(refusal) => {
                let problem = refused(refusal, &request_id);
                let (status, body) = (problem.status().as_u16(), problem.body(&path, &request_id));
                OutcomeBody::Rejected { answer: RefusalAnswer { status, body } }
            }
        },
    };
    Ok(Json(CommandStatusBody { command_id, outcome }))
}
