//! Names in paths. What cannot be a name names nothing.

use std::collections::HashMap;

use application::ports::{Generation, ParkedId, Projection};
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::{AccountId, Month, TransactionId};
use utoipa::{
    IntoParams, PartialSchema as _,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};
use uuid::Uuid;

use crate::{Problem, schema};

macro_rules! path {
    ($(#[doc = $doc:literal] $path:ident: $($name:literal: $named:ty as $schema:ty, $absent:path;)+)+) => {
        $(
            #[doc = $doc]
            pub(crate) struct $path($(pub(crate) $named),+);

            impl<S: Send + Sync> FromRequestParts<S> for $path {
                type Rejection = Problem;

                async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
                    let names = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
                    let names = names.map(|Path(names)| names).unwrap_or_default();
                    Ok(Self($(names.get($name).and_then(|text| text.parse().ok()).ok_or_else($absent)?),+))
                }
            }

            impl IntoParams for $path {
                fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
                    let parameter = |name, schema| {
                        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
                        parameter.required(Required::True).schema(Some(schema)).build()
                    };
                    vec![$(parameter($name, <$schema>::schema())),+]
                }
            }
        )+
    };
}

path! {
    /// The account that a path names.
    AccountPath: "account_id": AccountId as schema::AccountId, Problem::no_account;
    /// The transaction that a path names, and its account.
    TransactionPath:
        "account_id": AccountId as schema::AccountId, Problem::no_account;
        "transaction_id": TransactionId as schema::TransactionId, Problem::transaction_not_found;
    /// The month of an account that a path names.
    MonthPath:
        "account_id": AccountId as schema::AccountId, Problem::no_account;
        "month": Month as schema::Month, Problem::statement_not_found;
    /// The command that a path names.
    CommandPath: "command_id": Uuid as schema::CommandId, Problem::command_not_found;
    /// The parked account that a path names.
    ParkedPath: "parked_id": ParkedId as schema::ParkedId, Problem::parked_not_found;
    /// The projection that a path names.
    ProjectionPath: "projection": Projection as schema::Projection, Problem::projection_not_found;
    /// The rebuild that a path names, and its projection.
    RebuildPath:
        "projection": Projection as schema::Projection, Problem::projection_not_found;
        "rebuild_id": Uuid as schema::CommandId, Problem::rebuild_not_found;
    /// The generation that a path names, and its projection.
    GenerationPath:
        "projection": Projection as schema::Projection, Problem::projection_not_found;
        "generation": Generation as Generation, Problem::generation_not_found;
}
