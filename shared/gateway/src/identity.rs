//! What API Gateway says of a request, in the application's own terms.

use application::commands::Caller;
use domain::Timestamp;
use http_api::{Deadline, RequestId};
use lambda_http::{
    Request, RequestExt as _, aws_lambda_events::apigw::ApiGatewayV2httpRequestContext,
    request::RequestContext,
};

/// The group whose members may act on every account.
const ADMIN_GROUP: &str = "admin";

/// Who calls, as the API's JWT authorizer has checked it; `None` where a route has no authorizer.
fn caller(request: &Request) -> Option<Caller> {
    let claims = &context(request)?.authorizer.as_ref()?.jwt.as_ref()?.claims;
    let user_id = claims.get("sub")?.parse().ok()?;
    let is_admin =
        claims.get("cognito:groups").is_some_and(|groups| names(groups).any(|name| name == ADMIN_GROUP));
    Some(Caller { user_id, is_admin })
}

/// API Gateway's name for the request.
fn request_id(request: &Request) -> Option<String> {
    context(request)?.request_id.clone()
}

/// How long an answer takes to be written and sent.
const ANSWER_SECONDS: i64 = 2;

/// Until when the function may try, so that it has time to answer.
fn deadline(request: &Request) -> Option<Timestamp> {
    let ends_ms = i64::try_from(request.lambda_context_ref()?.deadline).ok()?;
    let ends = Timestamp::from_micros(ends_ms.checked_mul(1_000)?).ok()?;
    Some(ends.plus_seconds(-ANSWER_SECONDS))
}

/// Puts what API Gateway and Lambda say into the request's extensions: the caller, the request's id and its deadline.
pub(crate) fn identify(mut request: Request) -> Request {
    let (caller, request_id, deadline) = (caller(&request), request_id(&request), deadline(&request));
    let extensions = request.extensions_mut();
    if let Some(caller) = caller {
        extensions.insert(caller);
    }
    if let Some(request_id) = request_id {
        extensions.insert(RequestId(request_id));
    }
    if let Some(deadline) = deadline {
        extensions.insert(Deadline(deadline));
    }
    request
}

fn context(request: &Request) -> Option<&ApiGatewayV2httpRequestContext> {
    match request.extensions().get::<RequestContext>()? {
        RequestContext::ApiGatewayV2(context) => Some(context),
        #[allow(
            unreachable_patterns,
            reason = "which other kinds there are depends on features of lambda_http"
        )]
        _ => None,
    }
}

/// The members of a list that API Gateway has made a string of: `[admin other]`.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.trim_matches(['[', ']']).split(' ').filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use lambda_http::request::from_str;

    use super::*;

    fn request(groups: &str) -> Request {
        let event = include_str!("identity/command.json").replace("GROUPS", groups);
        from_str(&event).unwrap()
    }

    #[test]
    fn the_caller_is_the_tokens_subject() {
        let caller = caller(&request("[customers]")).unwrap();
        assert_eq!(caller.user_id.as_str(), "7f6ac884-4a25-4ea4-b648-67beaed6d2c8");
        assert!(!caller.is_admin);
    }

    #[test]
    fn an_admin_is_in_the_group_of_just_this_name() {
        for groups in ["[admin]", "[customers admin]", "admin"] {
            assert!(caller(&request(groups)).unwrap().is_admin, "{groups}");
        }
        for groups in ["", "[]", "[administrators]", "[not-admin]", "[customers,admin]", "[\\\"admin\\\"]"] {
            assert!(!caller(&request(groups)).unwrap().is_admin, "{groups}");
        }
    }

    #[test]
    fn the_path_of_the_default_stage_has_no_stage_in_it() {
        let request = request("[]");
        assert_eq!(request.uri().path(), "/v1/accounts/cz-576/deposits");
        assert_eq!(request_id(&request).as_deref(), Some("JKJaXmPLvHcESHA="));
    }

    #[test]
    fn without_an_authorizer_nobody_calls() {
        let request = from_str(include_str!("identity/health.json")).unwrap();
        assert_eq!(caller(&request), None);
    }
}
