//! What came of a command: for a client whose request was not answered.

use application::{
    commands::Caller,
    ports::{CommandStore, Environment, History, Summaries},
    queries::{CommandStatus, Queries},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Side;
use crate::{
    Problem,
    answer::{body, location, refused},
    request::{Identity, Parameters, command_id},
};

pub(super) async fn get_command<S: CommandStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    Identity(caller): Identity,
    Path(command_id): Path<String>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    parameters.finish()?;
    let command_id = command_id.parse().map_err(|_| Problem::command_not_found())?;
    status(&queries, &caller, command_id).await
}

/// The caller's command with this key: who was never answered knows the key alone.
pub(super) async fn find_command<S: CommandStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    Identity(caller): Identity,
    mut parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let key = parameters.text("idempotency_key");
    parameters.finish()?;
    let key = key.ok_or_else(|| Problem::parameter("idempotency_key", "is missing"))?;
    status(&queries, &caller, command_id(&caller.user_id, &key)).await
}

async fn status<S: CommandStore, R: Summaries, H: History, E: Environment>(
    queries: &Queries<S, R, H, E>,
    caller: &Caller,
    command_id: Uuid,
) -> Result<Json<Value>, Problem> {
    Ok(Json(match queries.command(caller, command_id).await? {
        CommandStatus::InFlight => json!({ "command_id": command_id, "status": "in_flight" }),
        CommandStatus::Decided { outcome, path, request_id } => match *outcome {
            Ok(receipt) => json!({
                "command_id": command_id,
                "status": "succeeded",
                "answer": {
                    "status": StatusCode::CREATED.as_u16(),
                    "location": location(&receipt),
                    "body": body(command_id, &receipt),
                },
            }),
            Err(refusal) => {
                let problem = refused(refusal, &request_id);
                let body = problem.body(&path, &request_id);
                json!({
                    "command_id": command_id,
                    "status": "rejected",
                    "answer": { "status": problem.status().as_u16(), "body": body },
                })
            }
        },
    }))
}
