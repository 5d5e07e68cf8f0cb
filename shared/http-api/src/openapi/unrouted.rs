//! The answer where no route is: another method's path is told from none, whichever function was asked.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::Value;

use super::DOCUMENT;
use crate::{Problem, problem::Code};

#[derive(Deserialize)]
struct Paths {
    paths: BTreeMap<String, BTreeMap<String, Value>>,
}

/// The templates of all paths, and the methods of each. Only who asks for what there is not waits for it.
static PATHS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let Ok(Paths { paths }) = serde_json::from_str(DOCUMENT) else { return Vec::new() };
    let methods = |methods: &BTreeMap<String, Value>| {
        methods.keys().map(|method| method.to_ascii_uppercase()).collect::<Vec<_>>().join(", ")
    };
    paths.iter().map(|(path, operations)| (path.clone(), methods(operations))).collect()
});

/// 405 with the methods that the path takes, or 404, also where it takes this one in other deployments; to `OPTIONS`,
/// those methods.
pub(crate) async fn unrouted(method: Method, uri: Uri) -> Response {
    let Some((_, allowed)) = PATHS.iter().find(|(template, _)| is_at(template, uri.path())) else {
        return Problem::route_not_found().into_response();
    };
    if method == Method::OPTIONS {
        // What a browser asks before it may ask; API Gateway adds which origins may.
        return (StatusCode::NO_CONTENT, [(header::ALLOW, allowed.clone())]).into_response();
    }
    if takes(allowed, &method) {
        let detail = "this deployment does without what it takes to answer this: it has no search index";
        return Problem::new(Code::RouteNotFound, detail).into_response();
    }
    let detail = format!("this path does not take {method}, but {allowed}");
    let mut response = Problem::new(Code::MethodNotAllowed, detail).into_response();
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// What was asked for, by the document: of requests that never came to a route.
pub(crate) fn route_of(method: &Method, path: &str) -> Option<String> {
    let (template, methods) = PATHS.iter().find(|(template, _)| is_at(template, path))?;
    takes(methods, method).then(|| format!("{method} {template}"))
}

fn takes(methods: &str, method: &Method) -> bool {
    methods.split(", ").any(|one| one == method.as_str())
}

fn is_at(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    let are_alike =
        |(part, given): (&str, &str)| part == given || (part.starts_with('{') && !given.is_empty());
    template.clone().count() == path.clone().count() && template.zip(path).all(are_alike)
}
