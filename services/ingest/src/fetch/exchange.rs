//! One request and its answer. Whatever the answer claims, it is read under caps of bytes, time and pace.

use std::error::Error;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, Response};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::names::CheckedNames;
use super::networks::Refused;
use super::{FetchConfig, FetchError, address, patience, picture_type};

/// So often it is looked at how much has come.
const WINDOW: Duration = Duration::from_secs(5);

/// What a host answered.
pub(super) enum Answer {
    /// The bytes of a picture.
    Picture(Bytes),
    /// It lies elsewhere.
    Elsewhere(Url),
}

/// Asks for pictures under caps.
#[derive(Debug)]
pub(super) struct Exchange {
    client: Client,
    most_bytes: u64,
    seconds: u64,
    answer_seconds: u64,
    bytes_per_second: u64,
}

impl Exchange {
    /// The client follows no redirect, decompresses nothing, and connects to checked addresses only.
    pub(super) fn open(config: &FetchConfig, names: CheckedNames) -> reqwest::Result<Self> {
        let headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("image/webp, image/png, image/jpeg")),
            (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
        ]);
        let client = runtime::web::builder()
            .dns_resolver(names)
            .default_headers(headers)
            .referer(false)
            .pool_max_idle_per_host(config.fetch_per_host as usize)
            .build()?;
        Ok(Self {
            client,
            most_bytes: config.fetch_bytes,
            seconds: config.fetch_seconds,
            answer_seconds: config.fetch_answer_seconds,
            bytes_per_second: config.fetch_bytes_per_second,
        })
    }

    /// Asks `host` for `url`, which leads there.
    pub(super) async fn ask(&self, host: &str, url: &Url) -> Result<Answer, FetchError> {
        let seconds = self.seconds;
        match timeout(Duration::from_secs(seconds), self.exchange(host, url)).await {
            Ok(answer) => answer,
            Err(_) => Err(FetchError::TooLong { host: host.to_owned(), seconds }),
        }
    }

    async fn exchange(&self, host: &str, url: &Url) -> Result<Answer, FetchError> {
        let seconds = self.answer_seconds;
        let asked = self.client.get(url.clone()).send();
        let answer = match timeout(Duration::from_secs(seconds), asked).await {
            Ok(answer) => answer.map_err(|e| no_answer(host, &e))?,
            Err(_) => return Err(FetchError::Silent { host: host.to_owned(), seconds }),
        };
        match answer.status().as_u16() {
            200 => self.picture(host, answer).await.map(Answer::Picture),
            status @ (301 | 302 | 303 | 307 | 308) => {
                let location = answer.headers().get(LOCATION).and_then(|l| str::from_utf8(l.as_bytes()).ok());
                let next = location.ok_or(FetchError::Location(status))?;
                address::next(url, next).map(Answer::Elsewhere)
            }
            status => {
                let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
                let retry_after = asked.and_then(|value| patience::retry_after(value, Timestamp::now()));
                Err(FetchError::Status { host: host.to_owned(), status, retry_after })
            }
        }
    }

    async fn picture(&self, host: &str, mut answer: Response) -> Result<Bytes, FetchError> {
        for encoding in answer.headers().get_all(CONTENT_ENCODING) {
            if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") {
                let encoding = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
                return Err(FetchError::Encoding { host: host.to_owned(), encoding });
            }
        }
        // A length is believed only where it says that reading is in vain.
        if answer.content_length().is_some_and(|claimed| claimed > self.most_bytes) {
            return Err(FetchError::TooLarge(self.most_bytes));
        }
        let mut picture = BytesMut::new();
        let (mut window_ends, mut before) = (Instant::now() + WINDOW, 0);
        loop {
            let chunk = match timeout_at(window_ends, answer.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break,
                Ok(Err(_)) => {
                    return Err(FetchError::Cut { host: host.to_owned(), bytes: picture.len() });
                }
                Err(_) => {
                    let least = self.bytes_per_second;
                    if ((picture.len() - before) as u64) < least * WINDOW.as_secs() {
                        return Err(FetchError::TooSlow { host: host.to_owned(), least });
                    }
                    (window_ends, before) = (Instant::now() + WINDOW, picture.len());
                    continue;
                }
            };
            if (picture.len() + chunk.len()) as u64 > self.most_bytes {
                return Err(FetchError::TooLarge(self.most_bytes));
            }
            let was_unknown = picture.len() < picture_type::ENOUGH;
            picture.extend_from_slice(&chunk);
            if was_unknown && picture.len() >= picture_type::ENOUGH {
                picture_type::check(&picture).map_err(FetchError::NotAPicture)?;
            }
        }
        picture_type::check(&picture).map_err(FetchError::NotAPicture)?;
        Ok(picture.freeze())
    }
}

/// Why there was no answer, from what the client wraps several times over.
fn no_answer(host: &str, error: &reqwest::Error) -> FetchError {
    let host = host.to_owned();
    let causes = || std::iter::successors(Some(error as &(dyn Error + 'static)), |&cause| cause.source());
    if let Some(refused) = causes().find_map(|cause| cause.downcast_ref::<Refused>()) {
        return refused.clone().into();
    }
    let why = causes().last().map(ToString::to_string).unwrap_or_default();
    let not_http = |cause: &hyper::Error| cause.is_parse();
    if causes().filter_map(|cause| cause.downcast_ref()).any(not_http) {
        FetchError::NotHttp { host, why }
    } else if error.is_dns() {
        FetchError::Unresolved { host, why }
    } else {
        FetchError::Unreachable { host, why }
    }
}
