//! `If-None-Match`: which versions of an account the client has already (RFC 9110, section 13.1.2).

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use serde_json::json;
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::{Problem, problem::Code};

/// What the client has already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IfNoneMatch {
    /// Something, whichever version: `*`.
    Any,
    /// What these entity tags stand for, without their quotes; none if there is no such header.
    Tags(Vec<String>),
}

impl IfNoneMatch {
    /// Whether the client has this version. A weak tag is as good as a strong one, as everywhere with this header.
    pub(crate) fn has(&self, version: u64) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.contains(&version.to_string()),
        }
    }
}

impl IntoParams for IfNoneMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let tags = ObjectBuilder::new().schema_type(Type::String);
        let tags = tags.pattern(Some(r#"^(\*|(W/)?"[^"]*"([ \t]*,[ \t]*(W/)?"[^"]*")*)$"#));
        let parameter = ParameterBuilder::new().name("If-None-Match").parameter_in(ParameterIn::Header);
        let parameter = parameter.description(Some("The versions that the client has, in quotes."));
        vec![parameter.schema(Some(tags.examples([json!("\"7\"")]))).build()]
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(&parts.headers).ok_or_else(|| {
            let detail = "If-None-Match takes versions of the account, like \"7\" with its quotes, or *";
            Problem::header(Code::MalformedRequest, "If-None-Match", detail)
        })
    }
}

fn parse(headers: &HeaderMap) -> Option<IfNoneMatch> {
    let mut tags = Vec::new();
    for value in headers.get_all(header::IF_NONE_MATCH) {
        let text = value.to_str().ok()?.trim();
        if text == "*" {
            return Some(IfNoneMatch::Any);
        }
        tags.extend(list(text)?);
    }
    Some(IfNoneMatch::Tags(tags))
}

/// The tags in a list of them. One that is no version's may have anything between its quotes, a comma included; between
/// two commas there may be nothing (RFC 9110, section 5.6.1).
fn list(text: &str) -> Option<Vec<String>> {
    let (mut tags, mut rest) = (Vec::new(), skip_commas(text));
    while !rest.is_empty() {
        let quoted = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
        let (tag, after) = quoted.split_once('"')?;
        tags.push(tag.to_owned());
        let after = after.trim_start();
        if !after.is_empty() && !after.starts_with(',') {
            return None;
        }
        rest = skip_commas(after);
    }
    Some(tags)
}

fn skip_commas(text: &str) -> &str {
    text.trim_start_matches([',', ' ', '\t'])
}
