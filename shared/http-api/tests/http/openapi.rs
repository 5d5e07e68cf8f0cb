//! The document: the same as the one that is served, complete, and the answer where there is no route.

use std::{collections::BTreeSet, sync::Arc};

use application::{
    admin::Admin,
    analytics::Sums,
    commands::Commands,
    feed::Feed,
    ports::{
        Generation, Generations, Projection, ProjectionState, Projections, Rebuild, RebuildError,
        RebuildRequest, StoreError,
    },
    projections::ProjectionAdmin,
    queries::Queries,
};
use axum::{
    body::{Body, to_bytes},
    http::{Method, Request},
};
use http_api::{
    DOCUMENT, admin_routes, analytics_routes, command_routes, docs_routes, document, feed_routes,
    projections_routes, query_routes, router,
};
use serde_json::Value;
use testing::{MemoryEventStore, MemoryJournal, TestEnvironment};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::{
    admin::rows,
    analytics::Given,
    conditional::{NoHistory, OneAccount},
};

/// A bank without projections.
struct Nowhere;

impl Projections for Nowhere {
    async fn states(&self) -> Result<Vec<ProjectionState>, StoreError> {
        Ok(Vec::new())
    }

    async fn start(&self, _: Projection, _: &RebuildRequest) -> Result<Rebuild, RebuildError> {
        Err(RebuildError::NotFound)
    }

    async fn rebuild(&self, _: Projection, _: Uuid) -> Result<Rebuild, RebuildError> {
        Err(RebuildError::NotFound)
    }

    async fn cancel(&self, _: Projection, _: Uuid) -> Result<Rebuild, RebuildError> {
        Err(RebuildError::NotFound)
    }

    async fn resume(&self, _: Projection, _: Uuid) -> Result<Rebuild, RebuildError> {
        Err(RebuildError::NotFound)
    }

    async fn read(&self, _: Projection, _: Generation) -> Result<Generations, RebuildError> {
        Err(RebuildError::GenerationNotFound)
    }
}

/// What the handlers say of themselves.
fn said() -> Value {
    let (store, environment) = (MemoryEventStore::default(), TestEnvironment::default);
    let queries = Queries::new(store.clone(), OneAccount, NoHistory, environment());
    let routes = command_routes(Arc::new(Commands::new(store.clone(), environment())))
        .merge(query_routes(Arc::new(queries)))
        .merge(feed_routes(Arc::new(Feed::new(store, MemoryJournal::default()))))
        .merge(analytics_routes(Arc::new(Sums::new(Given, environment()))))
        .merge(admin_routes(Arc::new(Admin::new(rows()))))
        .merge(projections_routes(Arc::new(ProjectionAdmin::new(Nowhere))))
        .merge(docs_routes());
    document(routes).unwrap()
}

fn served() -> Value {
    serde_json::from_str(DOCUMENT).unwrap()
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let items = document["paths"].as_object().unwrap().iter();
    items.flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation))
    })
}

#[test]
fn the_document_that_is_served_is_what_the_handlers_say() {
    let said = format!("{:#}\n", said());
    if std::env::var_os("PASSBOOK_WRITE_DOCUMENT").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"), said).unwrap();
    } else {
        assert!(said == DOCUMENT, "the handlers have changed: `cargo xtask openapi` writes the document");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn check(document: &Value, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(pointer) = fields.get("$ref").and_then(Value::as_str) {
                    assert!(document.pointer(pointer.trim_start_matches('#')).is_some(), "{pointer}");
                }
                fields.values().for_each(|value| check(document, value));
            }
            Value::Array(items) => items.iter().for_each(|value| check(document, value)),
            _ => {}
        }
    }
    check(&served(), &served());
}

#[test]
fn every_operation_says_who_may_do_it_what_it_does_and_what_can_go_wrong() {
    let document = served();
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name.to_owned()), "{name} twice");
        assert!(operation["summary"].is_string(), "{name}");
        let access = operation["x-access"].as_str().unwrap();
        assert!(["anyone", "user", "owner", "admin"].contains(&access), "{name}: {access}");
        let is_open = operation["security"] == serde_json::json!([{}]);
        assert_eq!(is_open, access == "anyone", "{name}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("503"), "{name}");
        assert_eq!(responses.contains_key("401"), !is_open, "{name}");
        assert!(responses.contains_key("404") || !path.contains('{'), "{name}");
        let parameters = operation["parameters"].to_string();
        assert_eq!(parameters.contains("IdempotencyKey"), method == "post", "{name}");
    }
}

async fn ask(method: Method, path: &str) -> (u16, Option<String>, String) {
    let commands = Commands::new(MemoryEventStore::default(), TestEnvironment::default());
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let response = router(command_routes(Arc::new(commands))).oneshot(request).await.unwrap();
    let allow = response.headers().get("allow").map(|allow| allow.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, allow, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn the_wrong_method_is_told_from_the_wrong_path_whichever_function_is_asked() {
    let (status, allow, body) = ask(Method::DELETE, "/v1/accounts/a/balance").await;
    assert_eq!((status, allow.as_deref()), (405, Some("GET")), "{body}");
    let (status, allow, body) = ask(Method::GET, "/v1/transfers").await;
    assert_eq!((status, allow.as_deref()), (405, Some("POST")), "{body}");
    assert!(body.contains(r#""code":"method_not_allowed""#), "{body}");
    let (status, allow, _) = ask(Method::OPTIONS, "/v1/accounts").await;
    assert_eq!((status, allow.as_deref()), (204, Some("GET, POST")));
    for path in ["/v1/nothing", "/v1/accounts/a/b/c/d", "/v1/accounts//balance", "/"] {
        let (status, _, body) = ask(Method::GET, path).await;
        assert_eq!(status, 404, "{path}");
        assert!(body.contains(r#""code":"route_not_found""#), "{body}");
    }
}
