//! What holds for all operations, said of each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::links;
use crate::problem::Code;

/// Completes a document.
pub(super) fn complete(document: &mut Value) {
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete_operation(path, method, operation);
        }
    }
    document["components"]["parameters"] = json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": true, "example": "6f1c1b1e-5d0c-4b57-9d0e-2f5a7c1d9e10",
            "description": "New for each command, and the same when it is sent again. It is the user's own.",
            "schema": { "type": "string", "pattern": "^[!-~]{1,128}$" },
        },
        "IfMatch": {
            "name": "If-Match", "in": "header", "required": false, "example": "\"7\"",
            "description": "Only if the account is at this version; of a transfer, the sending one.",
            "schema": { "type": "string", "pattern": "^\"[0-9]{1,19}\"$" },
        },
        "Traceparent": {
            "name": "traceparent", "in": "header", "required": false,
            "example": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "description": "W3C trace context, kept with the events.",
            "schema": { "type": "string" },
        },
    });
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    document["components"]["headers"] = json!({
        "RequestId": text("Names the request."),
        "Location": text("Where what was made is."),
        "RetryAfter": {
            "description": "After how many seconds to come again.", "schema": { "type": "integer", "minimum": 0 },
        },
        "IdempotencyReplayed": text("`true` if an earlier request was answered so."),
    });
    for code in Code::ALL {
        let name = code.as_str();
        document["components"]["responses"][name] = refusal(code.status().as_u16(), &[*code]);
        document["components"]["examples"][name] = example(*code);
    }
    document["components"]["schemas"]["GatewayMessage"] = json!({
        "type": "object", "description": "What API Gateway says by itself.", "required": ["message"],
        "properties": { "message": { "type": "string" } },
    });
    refuse_other_fields(document);
    links::add(document);
    *document = with_any_of(document);
}

fn complete_operation(path: &str, method: &str, operation: &mut Value) {
    let access = access(operation);
    let codes = codes(path, method, operation, access);
    let is_command = is_command(method, operation);
    if let Some(operation) = operation.as_object_mut() {
        operation.remove("x-problems");
        operation.insert("x-access".to_owned(), json!(access));
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            let mut add =
                |name| parameters.push(json!({ "$ref": format!("#/components/parameters/{name}") }));
            if method == "post" {
                add("IdempotencyKey");
            }
            if is_command {
                add("IfMatch");
                add("Traceparent");
            }
        }
    }
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        response["headers"]["X-Request-Id"] = header("RequestId");
        if status == "201" {
            response["headers"]["Location"] = header("Location");
        }
        if is_command {
            response["headers"]["Idempotency-Replayed"] = header("IdempotencyReplayed");
        }
    }
    let mut by_status = BTreeMap::<u16, Vec<Code>>::new();
    for code in codes {
        by_status.entry(code.status().as_u16()).or_default().push(code);
    }
    responses.extend(by_status.into_iter().map(|(status, codes)| {
        let response = match codes[..] {
            [code] => json!({ "$ref": format!("#/components/responses/{}", code.as_str()) }),
            _ => refusal(status, &codes),
        };
        (status.to_string(), response)
    }));
}

/// Who may do it: `anyone`, the `owner` of the account and admins, any `user` for what is theirs, or an `admin`.
fn access(operation: &Value) -> &'static str {
    let tags = &operation["tags"];
    let has = |names: &[&str]| {
        tags.as_array().into_iter().flatten().any(|tag| names.iter().any(|name| tag == name))
    };
    if has(&["about"]) {
        "anyone"
    } else if operation["x-access"] == "owner" {
        "owner"
    } else if operation["x-access"] == "admin" || has(&["admin", "analytics", "feed"]) {
        "admin"
    } else if operation["parameters"].to_string().contains("\"account_id\"") {
        "owner"
    } else {
        "user"
    }
}

fn is_command(method: &str, operation: &Value) -> bool {
    method == "post" && operation["tags"] == json!(["commands"])
}

fn codes(path: &str, method: &str, operation: &Value, access: &str) -> Vec<Code> {
    let own = operation["x-problems"].as_array().into_iter().flatten();
    let own = own.filter_map(|own| Code::ALL.iter().find(|code| own == code.as_str())).copied();
    let mut codes: Vec<Code> = own.collect();
    codes.extend([Code::Throttled, Code::InternalError, Code::Unavailable]);
    if access != "anyone" {
        codes.extend([Code::MalformedRequest, Code::Unauthenticated]);
    }
    if access == "admin" {
        codes.push(Code::Forbidden);
    }
    if path.contains('{') {
        // A name that has a slash, a backslash, # or ? in it is another path.
        codes.extend([Code::RouteNotFound, Code::MethodNotAllowed]);
    }
    if path.contains("{account_id}") {
        codes.push(Code::AccountNotFound);
    }
    if method == "post" {
        codes.extend([Code::IdempotencyKeyMissing, Code::IdempotencyKeyInvalid]);
    }
    if operation["requestBody"].is_object() {
        codes.extend([Code::BodyTooLarge, Code::UnsupportedMediaType]);
    }
    if is_command(method, operation) {
        codes.extend([
            Code::CommandInFlight,
            Code::ConcurrentModification,
            Code::VersionMismatch,
            Code::IdempotencyKeyReused,
        ]);
    }
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// A response that is a problem of one of these codes.
fn refusal(status: u16, codes: &[Code]) -> Value {
    let meanings: Vec<_> =
        codes.iter().map(|code| format!("- `{}`: {}", code.as_str(), code.meaning())).collect();
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let only = json!({ "type": "object", "properties": { "code": { "enum": names } } });
    let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Problem" }, only] });
    let mut content =
        json!({ "application/problem+json": { "schema": schema, "examples": examples(codes) } });
    let mut headers = json!({ "X-Request-Id": header("RequestId") });
    if let 401 | 429 | 503 = status {
        content["application/json"] = json!({ "schema": { "$ref": "#/components/schemas/GatewayMessage" } });
        headers = json!({});
    }
    if let 429 | 503 = status {
        headers["Retry-After"] = header("RetryAfter");
    }
    json!({ "description": meanings.join("\n"), "headers": headers, "content": content })
}

fn examples(codes: &[Code]) -> Value {
    let example = |code: &Code| {
        let place = format!("#/components/examples/{}", code.as_str());
        (code.as_str().to_owned(), json!({ "$ref": place }))
    };
    Value::Object(codes.iter().map(example).collect())
}

fn example(code: Code) -> Value {
    json!({ "value": {
        "type": format!("/v1/docs#{}", code.as_str()),
        "title": code.title(),
        "status": code.status().as_u16(),
        "detail": code.meaning(),
        "code": code,
        "instance": "/v1/accounts",
        "request_id": "JKJaXmPLvHcESHA=",
    } })
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// Bodies of requests have the fields that they have.
fn refuse_other_fields(document: &mut Value) {
    let bodies = document["paths"].as_object().into_iter().flatten();
    let bodies = bodies.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let bodies = bodies.filter_map(|(_, operation)| {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        schema.as_str()?.strip_prefix("#/components/schemas/").map(str::to_owned)
    });
    for body in bodies.collect::<Vec<_>>() {
        document["components"]["schemas"][body]["additionalProperties"] = json!(false);
    }
}

/// The document with alternatives of which more than one may fit: a receipt with a fee is also one without.
fn with_any_of(value: &mut Value) -> Value {
    match value.take() {
        Value::Object(fields) => {
            let name = |name: String| if name == "oneOf" { "anyOf".to_owned() } else { name };
            Value::Object(
                fields.into_iter().map(|(key, mut value)| (name(key), with_any_of(&mut value))).collect(),
            )
        }
        Value::Array(mut items) => Value::Array(items.iter_mut().map(with_any_of).collect()),
        other => other,
    }
}
