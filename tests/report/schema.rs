//! As much of JSON Schema 2020-12 as the schemas in `docs/schema` use. Stricter in one thing: a field
//! that the schema does not describe is a fault, so that none is added without being documented.

use serde_json::Value;

/// Everything that is wrong with a value, each with the way to it.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        check(root, target, value, at, found);
    }
    if let Some(types) = schema.get("type") {
        let named = |kind: &Value| kind.as_str().is_some_and(|kind| is_of(value, kind));
        let fits = types.as_array().map_or_else(|| named(types), |all| all.iter().any(named));
        if !fits {
            found.push(format!("{at}: {value} is not {types}"));
        }
    }
    let allowed = schema.get("enum").and_then(Value::as_array);
    if let Some(allowed) = allowed.filter(|allowed| !allowed.contains(value)) {
        found.push(format!("{at}: {value} is not among {allowed:?}"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        found.push(format!("{at}: {value} is not {}", schema["const"]));
    }
    if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
        let fits = any.iter().any(|one| {
            let mut inner = Vec::new();
            check(root, one, value, at, &mut inner);
            inner.is_empty()
        });
        if !fits {
            found.push(format!("{at}: no alternative fits {value}"));
        }
    }
    members(root, schema, value, at, found);
}

fn members(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        if value.as_object().is_some_and(|object| !object.contains_key(name.as_str().unwrap())) {
            found.push(format!("{at}: {name} is missing"));
        }
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, inner) in value.as_object().into_iter().flatten() {
        match properties.and_then(|known| known.get(name)) {
            Some(schema) => check(root, schema, inner, &format!("{at}.{name}"), found),
            None if properties.is_some() => found.push(format!("{at}: {name} is not described")),
            None => {}
        }
    }
    if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
        for (index, inner) in list.iter().enumerate() {
            check(root, items, inner, &format!("{at}[{index}]"), found);
        }
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "null" => value.is_null(),
        other => panic!("the schema names a type that this test does not know: {other}"),
    }
}
