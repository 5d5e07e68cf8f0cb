//! The contract as an OpenAPI 3.1 document: what the handlers say of themselves, and what holds for all of them.

mod complete;
mod links;
mod unrouted;

use serde_json::Value;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};

use crate::{problem::ProblemBody, routes::Routes};

pub(crate) use unrouted::{route_of, unrouted};

/// The document as it is served. A test holds it against the handlers; `cargo xtask openapi` writes it.
pub const DOCUMENT: &str = include_str!("../../openapi.json");

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Passbook",
        description = "An event-sourced bank ledger: accounts, transfers, and a complete past.\n\n\
            **Money** is a decimal string in the account's currency, never a JSON number. **Times** are RFC 3339. \
            **Ids** are opaque strings. Fields and parameters that there are not are refused by name.\n\n\
            **Every `POST`** needs an `Idempotency-Key`, new for each command and the same when it is sent again: it \
            has one effect and one answer for at least 7 days. A replay says `Idempotency-Replayed: true`.\n\n\
            **Problems** are `application/problem+json` (RFC 9457), with a `code` that programs can rely on. What \
            API Gateway refuses by itself, a missing token above all, has its own body: `{\"message\": \"…\"}`.\n\n\
            **Other people's accounts** are answered as if there were none.",
    ),
    tags(
        (name = "accounts", description = "Accounts as they are."),
        (name = "commands", description = "What changes accounts, and what came of it."),
        (name = "transactions", description = "The history."),
        (name = "past", description = "Accounts as they were, and how they came to it."),
        (name = "statements", description = "Months, and whole histories as files."),
        (name = "feed", description = "Everything that happens, in order. For admins."),
        (name = "analytics", description = "Sums over all accounts. For admins."),
        (name = "admin", description = "The projections. For admins."),
        (name = "about", description = "Open to all."),
    ),
    components(schemas(ProblemBody)),
    security(("token" = [])),
    modifiers(&Token),
)]
struct Contract;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.bearer_format = Some("JWT".to_owned());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

/// The document of these routes.
///
/// # Errors
/// If what the handlers say cannot be written as JSON.
pub fn document(routes: Routes<utoipa::openapi::OpenApi>) -> Result<Value, serde_json::Error> {
    let mut contract = Contract::openapi();
    contract.merge(routes.description);
    let mut document = serde_json::to_value(contract)?;
    complete::complete(&mut document);
    Ok(document)
}
