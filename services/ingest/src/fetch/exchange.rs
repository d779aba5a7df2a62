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
use vision::file_kind::{self, OtherFile};

use super::names::CheckedNames;
use super::networks::Refused;
use super::{FetchConfig, FetchError, address, patience};

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
    least_bytes_per_second: u64,
    longest: Duration,
    silence: Duration,
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
            .pool_max_idle_per_host(config.per_host as usize)
            .build()?;
        Ok(Self {
            client,
            most_bytes: config.most_bytes,
            least_bytes_per_second: config.least_bytes_per_second,
            longest: Duration::from_secs(config.most_seconds),
            silence: Duration::from_secs(config.silence_seconds),
        })
    }

    /// Asks `host` for `url`, which leads there.
    pub(super) async fn ask(&self, host: &str, url: &Url) -> Result<Answer, FetchError> {
        let too_long = |_| FetchError::TooLong { host: host.to_owned(), seconds: self.longest.as_secs() };
        timeout(self.longest, self.exchange(host, url)).await.map_err(too_long)?
    }

    async fn exchange(&self, host: &str, url: &Url) -> Result<Answer, FetchError> {
        let silent = |_| FetchError::Silent { host: host.to_owned(), seconds: self.silence.as_secs() };
        let answer = timeout(self.silence, self.client.get(url.clone()).send()).await.map_err(silent)?;
        let answer = answer.map_err(|error| no_answer(host, &error))?;
        match answer.status().as_u16() {
            200 => self.picture(host, answer).await.map(Answer::Picture),
            status @ (301 | 302 | 303 | 307 | 308) => {
                let location = answer.headers().get(LOCATION).and_then(|l| str::from_utf8(l.as_bytes()).ok());
                let next = location.filter(|l| !l.is_empty()).ok_or(FetchError::Location(status))?;
                address::next(url, next).map(Answer::Elsewhere)
            }
            status => {
                let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
                let retry_after = asked.and_then(|value| patience::retry_after(value, Timestamp::now()));
                Err(FetchError::Status { host: host.to_owned(), status, retry_after })
            }
        }
    }

    async fn picture(&self, host: &str, answer: Response) -> Result<Bytes, FetchError> {
        for encoding in answer.headers().get_all(CONTENT_ENCODING) {
            if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") {
                let encoding = String::from_utf8_lossy(encoding.as_bytes()).chars().take(40).collect();
                return Err(FetchError::Encoding { host: host.to_owned(), encoding });
            }
        }
        // A length is believed only where it says that reading is in vain.
        if answer.content_length().is_some_and(|claimed| claimed > self.most_bytes) {
            return Err(FetchError::TooLarge(self.most_bytes));
        }
        self.read(host, answer).await
    }

    /// Reads a body that may be endless, slow, or none of a picture.
    async fn read(&self, host: &str, mut answer: Response) -> Result<Bytes, FetchError> {
        let mut picture = BytesMut::new();
        let (mut until, mut before) = (Instant::now() + self.silence, 0);
        loop {
            let Ok(chunk) = timeout_at(until, answer.chunk()).await else {
                self.keeps_pace(host, picture.len() - before)?;
                (until, before) = (Instant::now() + self.silence, picture.len());
                continue;
            };
            let cut = |_| FetchError::Cut { host: host.to_owned(), bytes: picture.len() };
            let Some(chunk) = chunk.map_err(cut)? else { break };
            if (picture.len() + chunk.len()) as u64 > self.most_bytes {
                return Err(FetchError::TooLarge(self.most_bytes));
            }
            let was_unknown = picture.len() < file_kind::ENOUGH;
            picture.extend_from_slice(&chunk);
            if was_unknown && picture.len() >= file_kind::ENOUGH {
                is_a_picture(&picture)?;
            }
        }
        is_a_picture(&picture)?;
        Ok(picture.freeze())
    }

    /// Whether enough has come within the time that a host may be silent.
    fn keeps_pace(&self, host: &str, came: usize) -> Result<(), FetchError> {
        let least = self.least_bytes_per_second;
        if came as u64 >= least * self.silence.as_secs() {
            return Ok(());
        }
        Err(FetchError::TooSlow { host: host.to_owned(), least })
    }
}

/// By its first bytes.
fn is_a_picture(bytes: &[u8]) -> Result<(), FetchError> {
    match file_kind::picture_format(bytes) {
        Some(_) => Ok(()),
        None => Err(FetchError::NotAPicture(OtherFile::of(bytes))),
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
