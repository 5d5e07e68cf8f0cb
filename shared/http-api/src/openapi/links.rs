//! Where one goes on from what a command has made: to every operation whose path takes names out of its answer.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Adds the links of all operations that make something.
pub(super) fn add(document: &mut Value) {
    let targets = targets(document);
    let schemas = document["components"]["schemas"].clone();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        let Some(created) = item.pointer_mut("/post/responses/201") else { continue };
        if path.contains("{account_id}") {
            // What it goes on with is what there was before.
            continue;
        }
        let answered = names(&schemas, &created["content"]["application/json"]["schema"]);
        let links = targets.iter().filter(|(_, needed)| needed.is_subset(&answered));
        let links = links.map(|(operation, needed)| {
            let parameters =
                needed.iter().map(|name| (name.clone(), json!(format!("$response.body#/{name}"))));
            let parameters: Map<_, _> = parameters.collect();
            (operation.clone(), json!({ "operationId": operation, "parameters": parameters }))
        });
        created["links"] = Value::Object(links.collect());
    }
}

/// Operations whose paths have names in them, and these names.
fn targets(document: &Value) -> Vec<(String, BTreeSet<String>)> {
    let items = document["paths"].as_object().into_iter().flatten();
    let operations = items.flat_map(|(path, item)| {
        let needed: BTreeSet<String> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(str::to_owned)
            .collect();
        let operations = item.as_object().into_iter().flatten();
        operations.filter_map(move |(_, operation)| {
            Some((operation["operationId"].as_str()?.to_owned(), needed.clone()))
        })
    });
    operations.filter(|(_, needed)| !needed.is_empty()).collect()
}

/// The names of all that an answer of this schema has.
fn names(schemas: &Value, schema: &Value) -> BTreeSet<String> {
    let referred = schema["$ref"].as_str().and_then(|place| place.rsplit('/').next());
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let parts = parts.chain(referred.map(|name| &schemas[name]));
    let own = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
    own.chain(parts.flat_map(|part| names(schemas, part))).collect()
}
