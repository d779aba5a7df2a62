//! Every subject, stream and bucket of the system, and the few ways to use them.
//!
//! - [`Bus::publish`] waits for the broker's acknowledgement; [`Bus::publish_first`] is refused by the
//!   broker when the subject is taken.
//! - [`Work`] is a share of a stream's messages, each settled once: done, tried again, or dead letter.
//! - [`Replay`] is everything of a stream, in order, from a sequence on, for services that fold.
//! - A stream or consumer that is deleted at the broker is made again, told of under the condition `streams`, and read anew.
//! - [`Bus::answer_withdrawals`] hands a service every person that must be forgotten; [`Bus::erase`] removes a person's
//!   messages so that no byte of them stays.
//! - [`Bus::withdraw`] tells that somebody withdrew, [`Bus::withdrawal`] how far that is.
//! - [`Bus::everyones_health`] asks every service how it is, [`Bus::streams`] what waits where.
//! - [`Bus::dead_letters`] tells page by page what could not be handled; [`Bus::retry_dead_letter`] tries one again.
//! - [`KeyValue`] holds what has one current value, with compare-and-set; [`Bus::serving`] is the one that says
//!   which policy serves, and [`Policies`] the bucket that it stands in.

mod backlog;
mod bucket;
mod config;
mod connection;
mod copies;
mod dead_letters;
mod durable;
mod enlargement;
mod erase;
mod error;
mod guard;
mod health;
mod held;
mod isolation;
mod metrics;
mod people;
mod publish;
mod reader;
mod refusal;
mod replay;
mod retention;
mod serving;
mod stream;
mod subject;
mod withdrawals;
mod work;

pub use backlog::{Backlog, StreamState};
pub use bucket::{Bucket, Change, KeyValue, Stored};
pub use config::{BusConfig, OLDEST_BROKER, StreamSettings};
pub use connection::{Bus, without_passwords};
pub use copies::Absences;
pub use dead_letters::{DeadLetter, OpenedLetter, Retried};
pub use enlargement::{Kept, Surplus};
pub use error::BusError;
pub use held::Held;
pub use replay::{Entry, Replay};
pub use retention::Retention;
pub use serving::{Policies, SERVING, serving};
pub use stream::{Extent, Stream};
pub use subject::{Subject, embedders, kind};
pub use work::{Delivery, Work, WorkSettings};
