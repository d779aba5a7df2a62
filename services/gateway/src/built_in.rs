//! Files that are built into the binary: the page, the operators' console and the contract's page.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::etag::held;
use crate::problem::Problem;

/// Name and content type of a file, its bytes, and its bytes made small by gzip.
type File = (&'static str, &'static str, &'static [u8], &'static [u8]);

/// A folder as it was when this was built.
pub(crate) struct Folder(pub(crate) &'static [File]);

/// What visitors get.
pub(crate) static PAGE: Folder = Folder(include!(concat!(env!("OUT_DIR"), "/page_files.rs")));

/// What operators get.
pub(crate) static CONSOLE: Folder = Folder(include!(concat!(env!("OUT_DIR"), "/console_files.rs")));

/// What whoever writes a client reads.
pub(crate) static API_PAGE: Folder = Folder(include!(concat!(env!("OUT_DIR"), "/api_page_files.rs")));

impl Folder {
    /// The file called `name`. A browser asks each time whether its copy is still good: the names do not change with the
    /// content.
    pub(crate) fn file(&self, name: &str, headers: &HeaderMap) -> Result<Response, Problem> {
        let found = self.0.iter().find(|(known, ..)| *known == name);
        let (_, content_type, whole, small) = found.ok_or_else(missing)?;
        let gzip = takes_gzip(headers);
        let bytes = if gzip { *small } else { *whole };
        let tag = tag(bytes);
        let mut answer = if held(headers, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, *content_type)], bytes).into_response()
        };
        if gzip {
            answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let about = [
            (header::CACHE_CONTROL, "no-cache"),
            (header::VARY, "accept-encoding"),
            (header::ETAG, tag.as_str()),
        ];
        Ok((about, answer).into_response())
    }
}

/// The answer for a name that is none.
pub(crate) fn missing() -> Problem {
    Problem::not_found("the page has no such file")
}

/// Whether the caller says that it takes gzip, and not that it does so never (`q=0`).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let named = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|list| list.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let refused =
            |part: &str| part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q == 0.0));
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip")) && !parts.any(refused)
    })
}

fn tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}
