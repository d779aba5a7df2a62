//! A weight file from the web: whole, or gone on with where it broke off.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{Class, Classified};
use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap, IF_RANGE, LAST_MODIFIED, LOCATION, RANGE};
use reqwest::{Client, Response, StatusCode, Url};
use runtime::web;
use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;
use vision::models::LARGEST_WEIGHTS;

/// Redirects that are followed.
const MOST_REDIRECTS: usize = 5;
/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest silence of a server that is sending.
const SILENCE: Duration = Duration::from_secs(30);

/// Why a weight file did not come.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Several names and one URL.
    #[error("--url goes with one name")]
    OneUrl,
    /// Something else than an http or https URL, given or redirected to.
    #[error("{url} is not fetched: {why}")]
    Url {
        /// Which.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The server answers, with something else than the file.
    #[error("{url} answers {status}; --url names another place")]
    Answer {
        /// Which.
        url: String,
        /// What it answers.
        status: StatusCode,
    },
    /// Nobody answers.
    #[error("{url} cannot be reached: {why}")]
    Unreachable {
        /// Which.
        url: String,
        /// The client's words.
        why: String,
    },
    /// The body ended too early.
    #[error("{url} broke off after {done} bytes ({why}); the same command goes on from there")]
    BrokeOff {
        /// Which.
        url: String,
        /// How many came, earlier attempts included.
        done: u64,
        /// The client's words.
        why: String,
    },
    /// The body is no weight file of a face net.
    #[error("{url} is larger than {LARGEST_WEIGHTS} bytes")]
    TooLarge {
        /// Which.
        url: String,
    },
    /// The part file.
    #[error("{path} cannot be written: {source}")]
    Part {
        /// Which.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
}

impl Classified for FetchError {
    fn class(&self) -> Class {
        match self {
            Self::OneUrl | Self::Url { .. } | Self::TooLarge { .. } => Class::BadInput,
            Self::Answer { status, .. } if status.is_client_error() => Class::NotFound,
            Self::Answer { .. } | Self::Unreachable { .. } => Class::Unavailable,
            Self::BrokeOff { .. } | Self::Part { .. } => Class::Unavailable,
        }
    }
}

/// Bring the file at `url` to `part`, going on where an earlier attempt broke off if the file is still
/// the same one. `told` hears how many bytes there are, of how many (0 while that is not known).
pub(super) async fn fetch(url: &str, part: &Path, mut told: impl FnMut(u64, u64)) -> Result<(), FetchError> {
    let client = web::builder().connect_timeout(CONNECT).read_timeout(SILENCE).build();
    let client =
        client.map_err(|error| FetchError::Unreachable { url: url.into(), why: error.to_string() })?;
    if let Some(begun) = Begun::read(part).await {
        let response = follow(&client, url, Some(&begun)).await?;
        if begun.continued_by(&response) {
            let append = OpenOptions::new().append(true).open(part).await.map_err(failed(part))?;
            return receive(url, response, part, append, begun.bytes, &mut told).await;
        }
        // Another file by now, or a server that cannot go on: from the start.
        if response.status() == StatusCode::OK {
            return begin(url, response, part, &mut told).await;
        }
    }
    let response = follow(&client, url, None).await?;
    begin(url, response, part, &mut told).await
}

/// What an earlier attempt left.
struct Begun {
    bytes: u64,
    /// The server's word for this very version of the file.
    validator: String,
}

impl Begun {
    async fn read(part: &Path) -> Option<Begun> {
        let bytes = fs::metadata(part).await.ok()?.len();
        let validator = fs::read_to_string(validator_file(part)).await.ok()?;
        (bytes > 0).then_some(Begun { bytes, validator })
    }

    fn continued_by(&self, response: &Response) -> bool {
        let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
        response.status() == StatusCode::PARTIAL_CONTENT
            && range.is_some_and(|range| range.starts_with(&format!("bytes {}-", self.bytes)))
    }
}

/// Beside the part file.
fn validator_file(part: &Path) -> PathBuf {
    part.with_extension("part.validator")
}

/// A strong ETag, else the date of the last change (RFC 9110, section 13.1.5).
fn validator(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    text(ETAG).filter(|tag| !tag.starts_with("W/")).or_else(|| text(LAST_MODIFIED))
}

/// The answer at the end of the redirects. From https they lead to https only.
async fn follow(client: &Client, url: &str, begun: Option<&Begun>) -> Result<Response, FetchError> {
    let refused = |url: &str, why| FetchError::Url { url: url.into(), why };
    let mut at = Url::parse(url).map_err(|_| refused(url, "it is no url"))?;
    let schemes: &[&str] = if at.scheme() == "http" { &["http", "https"] } else { &["https"] };
    for _ in 0..=MOST_REDIRECTS {
        if !schemes.contains(&at.scheme()) {
            return Err(refused(at.as_str(), "it is not https"));
        }
        let mut request = client.get(at.clone());
        if let Some(Begun { bytes, validator }) = begun {
            request = request.header(RANGE, format!("bytes={bytes}-")).header(IF_RANGE, validator);
        }
        let response = request
            .send()
            .await
            .map_err(|error| FetchError::Unreachable { url: url.into(), why: innermost(&error) })?;
        let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
        match location.filter(|_| response.status().is_redirection()) {
            Some(to) => at = at.join(to).map_err(|_| refused(url, "it redirects to what is no url"))?,
            None => return Ok(response),
        }
    }
    Err(refused(url, "it redirects too often"))
}

/// Receive the file from its first byte.
async fn begin(
    url: &str,
    response: Response,
    part: &Path,
    told: &mut impl FnMut(u64, u64),
) -> Result<(), FetchError> {
    if response.status() != StatusCode::OK {
        return Err(FetchError::Answer { url: url.into(), status: response.status() });
    }
    if let Some(folder) = part.parent() {
        fs::create_dir_all(folder).await.map_err(failed(folder))?;
    }
    let file = File::create(part).await.map_err(failed(part))?;
    let note = validator_file(part);
    match validator(response.headers()) {
        Some(validator) => fs::write(&note, validator).await.map_err(failed(&note))?,
        None => forget(&note).await?,
    }
    receive(url, response, part, file, 0, told).await
}

/// Write the body behind the `done` bytes that `file` has.
async fn receive(
    url: &str,
    mut response: Response,
    part: &Path,
    mut file: File,
    mut done: u64,
    told: &mut impl FnMut(u64, u64),
) -> Result<(), FetchError> {
    let total = response.content_length().map_or(0, |rest| done.saturating_add(rest));
    let outcome = loop {
        if done.max(total) > LARGEST_WEIGHTS {
            break Err(FetchError::TooLarge { url: url.into() });
        }
        told(done, total);
        match response.chunk().await {
            Ok(Some(bytes)) => {
                file.write_all(&bytes).await.map_err(failed(part))?;
                done += bytes.len() as u64;
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(FetchError::BrokeOff { url: url.into(), done, why: innermost(&error) }),
        }
    };
    file.sync_all().await.map_err(failed(part))?;
    if outcome.is_ok() {
        forget(&validator_file(part)).await?;
    }
    outcome
}

async fn forget(file: &Path) -> Result<(), FetchError> {
    match fs::remove_file(file).await {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(file)(error)),
        _ => Ok(()),
    }
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> FetchError + use<'_> {
    move |source| FetchError::Part { path: path.to_owned(), source }
}

/// The client wraps the reason that matters in others.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests;
