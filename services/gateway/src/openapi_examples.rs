//! Examples of the contract: of every parameter, body and answer, and a call of every operation with curl.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json, to_value};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Content, OpenApi as Document, RefOr, Required, Schema};

use crate::problem::Problem;

/// Where a gateway is by default.
const ADDRESS: &str = "http://127.0.0.1:8080";

/// Of parameters that have none of their own: by name.
const PARAMETERS: [(&str, &str); 8] = [
    ("cursor", "ada"),
    ("filter", "ad"),
    ("from", "1"),
    ("to", "1000"),
    ("group", "3"),
    ("limit", "20"),
    ("idempotency-key", "5f0c7a1e"),
    ("if-none-match", "\"7b73c26107dc\""),
];

/// A whole roster.
const ROSTER: &str = "\
    id,name,links,sources,attested_by,attested_on,consent_reference,consent_scope,consent_granted_on,consent_withdrawn_on\n\
    ada,Ada,https://example.org/ada,folder,Example Studio,2026-01-31,C-0001,template display,2026-02-01,\n";

/// Examples of the schemas that have a name.
pub(crate) struct Examples(BTreeMap<String, Value>);

impl Examples {
    /// Those that the schemas of `document` carry.
    pub(crate) fn of(document: &Document) -> Self {
        let schemas = document.components.iter().flat_map(|components| &components.schemas);
        let example = |(name, schema): (&String, &RefOr<Schema>)| {
            let example = to_value(schema).ok()?.get("example")?.clone();
            Some((name.clone(), example))
        };
        Self(schemas.filter_map(example).collect())
    }

    /// Gives the operation at `method path` its examples.
    pub(crate) fn give(&self, method: &str, path: &str, operation: &mut Operation) {
        for parameter in operation.parameters.iter_mut().flatten() {
            if let RefOr::T(parameter) = parameter
                && own_example(parameter).is_none()
            {
                let example = of_parameter(parameter);
                *parameter = ParameterBuilder::from(parameter.clone()).example(example).build();
            }
        }
        if let Some(RefOr::T(body)) = &mut operation.request_body {
            for (kind, content) in &mut body.content {
                self.give_content(kind, content);
            }
        }
        for (status, response) in &mut operation.responses.responses {
            let RefOr::T(response) = response else { continue };
            let detail = response.description.clone();
            for (kind, content) in &mut response.content {
                match (kind.as_str(), content) {
                    ("application/problem+json", RefOr::T(content)) => {
                        content.example = of_problem(status, &detail);
                    }
                    (_, content) => self.give_content(kind, content),
                }
            }
        }
        let curl = json!([{"lang": "Shell", "label": "curl", "source": curl(method, path, operation)}]);
        operation.extensions.get_or_insert_default().insert("x-codeSamples".to_owned(), curl);
    }

    fn give_content(&self, kind: &str, content: &mut RefOr<Content>) {
        let RefOr::T(content) = content else { return };
        let named = match &content.schema {
            Some(RefOr::Ref(reference)) => reference.ref_location.rsplit('/').next(),
            _ => None,
        };
        let of_schema = named.and_then(|name| self.0.get(name)).cloned();
        content.example = content.example.take().or(of_schema).or_else(|| match kind {
            "text/csv" => Some(ROSTER.into()),
            "text/event-stream" => {
                Some(format!("event: policy\ndata: {}\n\n", self.0.get("PolicyView")?).into())
            }
            _ => None,
        });
    }
}

/// The example that `parameter` carries: the library keeps the field to itself.
fn own_example(parameter: &Parameter) -> Option<Value> {
    to_value(parameter).ok()?.get("example").cloned()
}

/// One for `parameter`: by its name, or else what its schema offers.
fn of_parameter(parameter: &Parameter) -> Option<Value> {
    let schema = to_value(&parameter.schema).ok()?;
    let Some((_, text)) = PARAMETERS.iter().find(|(name, _)| *name == parameter.name) else {
        let is_choice = schema["type"] == "boolean";
        return schema.get("default").cloned().or(is_choice.then_some(Value::Bool(true)));
    };
    match schema["type"] == "integer" {
        // A cursor is a number where a stream is paged, and a person elsewhere.
        true => Some(text.parse().unwrap_or(7u64).into()),
        false => Some((*text).into()),
    }
}

fn of_problem(status: &str, detail: &str) -> Option<Value> {
    let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok())?;
    to_value(Problem::new(status, detail)).ok()
}

/// How `operation` is called from a shell, by an operator whose token is in `$TOKEN`.
fn curl(method: &str, path: &str, operation: &Operation) -> String {
    let (mut path, mut query, mut parts) = (path.to_owned(), Vec::new(), Vec::new());
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let example = own_example(parameter).as_ref().map(plain).unwrap_or_default();
        match parameter.parameter_in {
            ParameterIn::Path => path = path.replace(&format!("{{{}}}", parameter.name), &example),
            ParameterIn::Query if parameter.required == Required::True => {
                query.push(format!("{}={example}", parameter.name));
            }
            _ => {}
        }
    }
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    parts.push(match method {
        "DELETE" => format!("curl -X DELETE '{ADDRESS}{path}{query}'"),
        "POST" if operation.request_body.is_none() => format!("curl -X POST '{ADDRESS}{path}{query}'"),
        _ => format!("curl '{ADDRESS}{path}{query}'"),
    });
    if operation.security.iter().flatten().next().is_some() {
        parts.push("-H \"authorization: Bearer $TOKEN\"".to_owned());
    }
    parts.extend(body(operation));
    parts.extend(answer(operation));
    parts.join(" \\\n  ")
}

/// curl's words for the body.
fn body(operation: &Operation) -> Vec<String> {
    let Some(RefOr::T(body)) = &operation.request_body else { return Vec::new() };
    // Where there are several kinds, the plainest is shown.
    let plainest = body.content.get_key_value("text/csv").or_else(|| body.content.iter().next());
    let Some((kind, RefOr::T(content))) = plainest else { return Vec::new() };
    match kind.as_str() {
        "multipart/form-data" => vec!["-F image=@photo.jpg".to_owned()],
        "text/csv" => vec!["-H 'content-type: text/csv'".to_owned(), "--data-binary @roster.csv".to_owned()],
        kind => {
            let example = content.example.as_ref().map(Value::to_string).unwrap_or_default();
            vec![format!("-H 'content-type: {kind}'"), format!("-d '{example}'")]
        }
    }
}

/// curl's words for an answer that is no text, or has no end.
fn answer(operation: &Operation) -> Option<String> {
    let RefOr::T(response) = operation.responses.responses.get("200")? else { return None };
    match response.content.keys().next()?.as_str() {
        "image/png" => Some("-o face.png".to_owned()),
        "image/svg+xml" => Some("-o silhouette.svg".to_owned()),
        "application/vnd.apache.parquet" => Some("-o clicks.parquet".to_owned()),
        "application/x-ndjson" | "text/event-stream" => Some("-N".to_owned()),
        _ => None,
    }
}

/// A value as it stands in an address.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
