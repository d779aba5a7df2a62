//! Files that are built into the binary: the page and the operators' console.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::etag::held;
use crate::problem::Problem;

/// A folder as it was when this was built: name, content type and bytes of every file.
pub(crate) struct Folder(pub(crate) &'static [(&'static str, &'static str, &'static [u8])]);

/// What visitors get.
pub(crate) static PAGE: Folder = Folder(include!(concat!(env!("OUT_DIR"), "/page_files.rs")));

/// What operators get.
pub(crate) static CONSOLE: Folder = Folder(include!(concat!(env!("OUT_DIR"), "/console_files.rs")));

impl Folder {
    /// The file called `name`. A browser asks each time whether its copy is still good: the names do not change with the
    /// content.
    pub(crate) fn file(&self, name: &str, headers: &HeaderMap) -> Result<Response, Problem> {
        let found = self.0.iter().find(|(known, ..)| *known == name);
        let (_, content_type, bytes) = found.ok_or_else(missing)?;
        let tag = tag(bytes);
        let answer = if held(headers, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, *content_type)], *bytes).into_response()
        };
        Ok(([(header::CACHE_CONTROL, "no-cache"), (header::ETAG, &tag)], answer).into_response())
    }
}

/// The answer for a name that is none.
pub(crate) fn missing() -> Problem {
    Problem::not_found("the page has no such file")
}

fn tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}
