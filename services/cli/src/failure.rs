//! What can go wrong on the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use domain::id::question;
use domain::{Class, Classified};
use policies::PoliciesError;
use proto::convert::obstacle::Obstacle;

/// A command's failure, in words for the person who typed it.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The async runtime.
    #[error("could not start: {0}")]
    Start(std::io::Error),
    /// A file or folder.
    #[error("{path} cannot be {action}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// read, written, …
        action: &'static str,
        /// The system's words.
        source: std::io::Error,
    },
    /// A roster that is no CSV of ours.
    #[error("{path} is not a roster: {why}; `avzeus roster template` prints one")]
    Roster {
        /// Which file.
        path: PathBuf,
        /// The reader's words.
        why: String,
    },
    /// A folder that is no exported catalogue.
    #[error("{path} is no exported catalogue: {why}; `avzeus catalogue export DIR` writes one")]
    Vectors {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Neither a file nor a line.
    #[error("{0:?} is neither a file nor a learner's line; `avzeus policy show` lists the lines")]
    NoPolicy(String),
    /// An id that cannot be.
    #[error(transparent)]
    Id(#[from] domain::IdError),
    /// A number outside its range.
    #[error("{option} is {given}, it must be {range}")]
    OutOfRange {
        /// Which option.
        option: &'static str,
        /// The number given.
        given: f64,
        /// In words.
        range: &'static str,
    },
    /// Options that do not go together.
    #[error("{option} {why}")]
    Option {
        /// Which.
        option: &'static str,
        /// What it goes with.
        why: &'static str,
    },
    /// A file of clicks of which some are none.
    #[error(
        "{refused} of the {found} clicks of {path} are refused, so that nothing is made of them: correct them, or leave them out \
         with --skip-refused"
    )]
    RefusedClicks {
        /// Which file.
        path: PathBuf,
        /// How many cannot be learned from.
        refused: u64,
        /// How many there are, with those.
        found: u64,
    },
    /// A policy that is not found, or clicks that cannot be read or judged by.
    #[error(transparent)]
    Policies(PoliciesError),
    /// Nothing can be judged.
    #[error(transparent)]
    Evaluation(#[from] domain::evaluation::EvaluationError),
    /// Nothing to learn examination from.
    #[error(transparent)]
    Examination(#[from] domain::examination::TooFewClicks),
    /// The broker.
    #[error(transparent)]
    Bus(#[from] bus::BusError),
    /// The catalogue does not know a person.
    #[error("the catalogue knows nobody called {0:?}; `avzeus catalogue show` lists everyone")]
    Nobody(String),
    /// Nothing is kept of anybody of that id.
    #[error(
        "nobody is called {person:?}, nothing is kept of them and nothing was erased{}",
        question(nearest)
    )]
    NobodyToErase {
        /// The id that was given.
        person: String,
        /// Ids on the roster that are spelled alike.
        nearest: Vec<String>,
    },
    /// What is not done without a yes.
    #[error("{what}; nothing was changed: {how}")]
    Unconfirmed {
        /// What would happen.
        what: String,
        /// What does it.
        how: &'static str,
    },
    /// A setting that the learner cannot work with.
    #[error(transparent)]
    Setting(#[from] runtime::Invalid),
    /// People or groups that make no catalogue.
    #[error(transparent)]
    Catalogue(#[from] domain::CatalogueError),
    /// A stored object that is not what it should be.
    #[error(transparent)]
    Malformed(#[from] proto::Malformed),
    /// Crops in the object store.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// Another `avzeus up` uses the data folder.
    #[error(
        "{0} is in use by another `avzeus up` or `demo`, or by processes of one that was killed (endpoints.json there names them); stop those, or choose another folder with --data"
    )]
    InUse(PathBuf),
    /// No address is given, and nothing is running on the data folder.
    #[error(
        "nothing is running on {data} and no address of {what} is given: start it with `avzeus up`, name its folder with --data, or \
         set {setting}"
    )]
    NotRunning {
        /// The folder.
        data: PathBuf,
        /// Whose address is missing.
        what: &'static str,
        /// The setting that gives it.
        setting: &'static str,
    },
    /// Nobody answers at an address.
    #[error("{what} does not answer at {url} ({why}); {setting} says where it is")]
    Unreachable {
        /// Whom was asked.
        what: &'static str,
        /// Where.
        url: String,
        /// The client's words.
        why: String,
        /// The setting that gives the address.
        setting: &'static str,
    },
    /// An address that is taken.
    #[error("cannot listen on {addr}: {source}; choose another with --http-addr (port 0 takes a free one)")]
    Address {
        /// Which.
        addr: std::net::SocketAddr,
        /// The system's words.
        source: std::io::Error,
    },
    /// A program that is not there.
    #[error("{program} is not installed or not on the PATH; `make setup` installs what is needed")]
    Program {
        /// Which.
        program: String,
    },
    /// A nats-server that is not started on a folder.
    #[error("nats-server {found} is not started: {why}; {mending}")]
    OldServer {
        /// Its version.
        found: String,
        /// Why not.
        why: String,
        /// What does.
        mending: String,
    },
    /// A data folder that a later version of this program has changed.
    #[error(
        "{data} has form {found}, and this version knows {known}: use the version that ran there last, or choose another folder with --data"
    )]
    LaterFolder {
        /// Which.
        data: PathBuf,
        /// Its form.
        found: u32,
        /// The latest that is known.
        known: u32,
    },
    /// Something did not come up.
    #[error("{what} was not ready after {seconds} s; its log says why")]
    NotReady {
        /// Which.
        what: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// A service that says itself what it waits for.
    #[error("{service} was not ready after {seconds} s; it waits: {unmet}")]
    Waiting {
        /// Which.
        service: String,
        /// How long it was waited for.
        seconds: u64,
        /// Its conditions that do not hold, each with the reason.
        unmet: String,
    },
    /// Every crop was looked at, and yet nothing is published.
    #[error("there is no catalogue of all that: {0}; {next}", next = next(.0))]
    NoCatalogue(Obstacle),
    /// A service answered with an error.
    #[error("{service} says: {why}")]
    Refused {
        /// Which service.
        service: &'static str,
        /// Its words.
        why: String,
        /// Its class.
        class: Class,
    },
    /// A net or its files.
    #[error(transparent)]
    Vision(#[from] vision::VisionError),
    /// Weights that did not come from the web.
    #[error(transparent)]
    Fetch(#[from] crate::models::FetchError),
    /// Told to stop before it was done.
    #[error("stopped before it was done")]
    Stopped,
}

/// What mends it.
fn next(obstacle: &Obstacle) -> &'static str {
    match obstacle {
        Obstacle::FewPeople(_) => "enrol and collect more (avzeus roster import); what is stored stays",
        Obstacle::Alarm(_) => {
            "what served goes on serving; avzeus catalogue show tells more, avzeus catalogue rebuild --force publishes all \
             the same"
        }
    }
}

impl CliError {
    pub(crate) fn file(
        path: impl Into<PathBuf>,
        action: &'static str,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, action, source }
    }

    pub(crate) fn refused(service: &'static str) -> impl FnOnce(tonic::Status) -> Self {
        move |status| {
            let class = runtime::failure::class_of(&status);
            Self::Refused { service, why: status.message().to_owned(), class }
        }
    }

    /// Nobody answers gRPC at `url`.
    pub(crate) fn unreachable(
        what: &'static str,
        url: &str,
        setting: &'static str,
    ) -> impl FnOnce(tonic::transport::Error) -> Self + use<> {
        let url = url.to_owned();
        move |error| Self::Unreachable { what, url, why: runtime::failure::told(&error), setting }
    }

    /// 2 for something the command cannot use, 1 for everything else.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.class() {
            Class::BadInput | Class::NotFound => ExitCode::from(BAD_INPUT),
            _ => ExitCode::FAILURE,
        }
    }
}

impl From<PoliciesError> for CliError {
    fn from(error: PoliciesError) -> Self {
        match error {
            PoliciesError::NoPolicy(name) => Self::NoPolicy(name),
            // As the flags are called.
            PoliciesError::OutOfRange { name: "canary", given, range } => {
                Self::OutOfRange { option: "--canary", given, range }
            }
            PoliciesError::OutOfRange { given, range, .. } => {
                Self::OutOfRange { option: "--tolerance", given, range }
            }
            other => Self::Policies(other),
        }
    }
}

/// Exit code for input that cannot be used.
pub(crate) const BAD_INPUT: u8 = 2;

impl Classified for CliError {
    fn class(&self) -> Class {
        match self {
            Self::File { .. } | Self::Roster { .. } | Self::Vectors { .. } | Self::Address { .. } => {
                Class::BadInput
            }
            Self::Setting(_) | Self::Catalogue(_) | Self::Malformed(_) => Class::BadInput,
            Self::Id(_) | Self::RefusedClicks { .. } => Class::BadInput,
            Self::OutOfRange { .. } | Self::Option { .. } | Self::Examination(_) => Class::BadInput,
            Self::Evaluation(error) => error.class(),
            Self::Policies(error) => error.class(),
            Self::Nobody(_) | Self::NoPolicy(_) | Self::NobodyToErase { .. } => Class::NotFound,
            Self::Unconfirmed { .. } => Class::BadInput,
            Self::Bus(error) => error.class(),
            Self::Store(error) => error.class(),
            Self::InUse(_) | Self::NoCatalogue(_) => Class::Conflict,
            Self::OldServer { .. } | Self::LaterFolder { .. } => Class::Conflict,
            Self::Start(_) | Self::Program { .. } | Self::NotRunning { .. } => Class::Unavailable,
            Self::NotReady { .. } | Self::Waiting { .. } | Self::Unreachable { .. } => Class::Unavailable,
            Self::Stopped => Class::Unavailable,
            Self::Refused { class, .. } => *class,
            Self::Vision(error) => error.class(),
            Self::Fetch(error) => error.class(),
        }
    }
}
