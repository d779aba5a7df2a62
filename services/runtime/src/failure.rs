//! What each failure class means outside: the only place where it is said.

use axum::http::StatusCode;
use domain::{Class, Classified};
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};

/// Carries an error's code beside its gRPC status.
const CODE: &str = "avzeus-code";

/// What happens to a message whose handling failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// Tried again after a while.
    Retry,
    /// Goes to the dead letters with its reason; the stream behind it goes on.
    DeadLetter,
}

/// HTTP status of a class.
pub fn http_status(class: Class) -> StatusCode {
    match class {
        Class::BadInput => StatusCode::UNPROCESSABLE_ENTITY,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::Conflict => StatusCode::CONFLICT,
        Class::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        Class::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Class::Bug => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// gRPC status of an error, with its message and its code; a bug's message stays in the log.
pub fn grpc_status(error: &impl Classified) -> Status {
    let code = match error.class() {
        Class::BadInput => Code::InvalidArgument,
        Class::NotFound => Code::NotFound,
        Class::Conflict => Code::Aborted,
        Class::Overloaded => Code::ResourceExhausted,
        Class::Unavailable => Code::Unavailable,
        Class::Bug => {
            tracing::error!(error = %told(error), "a bug answered a call");
            return Status::internal("an invariant did not hold; the log says which");
        }
    };
    let mut beside = MetadataMap::new();
    beside.insert(CODE, MetadataValue::from_static(error.code()));
    Status::with_metadata(code, error.to_string(), beside)
}

/// The code of the error behind a gRPC status; its class's name where the peer gave none.
pub fn code_of(status: &Status) -> &str {
    let told = status.metadata().get(CODE).and_then(|code| code.to_str().ok());
    told.unwrap_or_else(|| class_of(status).name())
}

/// The class behind a gRPC status: the way back from [`grpc_status`]. A status with a source was made
/// on this side, because the connection broke before the peer had answered.
pub fn class_of(status: &Status) -> Class {
    if std::error::Error::source(status).is_some() {
        return Class::Unavailable;
    }
    match status.code() {
        Code::InvalidArgument | Code::OutOfRange => Class::BadInput,
        Code::NotFound => Class::NotFound,
        Code::Aborted | Code::AlreadyExists | Code::FailedPrecondition => Class::Conflict,
        Code::ResourceExhausted => Class::Overloaded,
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => Class::Unavailable,
        _ => Class::Bug,
    }
}

/// What happens to a message whose handling failed with `class`. A bug is retried, since the next
/// version may know better; the bus bounds how often.
pub fn settlement(class: Class) -> Settlement {
    match class {
        Class::BadInput | Class::NotFound | Class::Conflict => Settlement::DeadLetter,
        Class::Overloaded | Class::Unavailable | Class::Bug => Settlement::Retry,
    }
}

/// An error with everything beneath it, in one line.
pub fn told(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(beneath) = cause {
        let words = beneath.to_string();
        if !line.contains(&words) {
            line = format!("{line}: {words}");
        }
        cause = beneath.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("no")]
    struct No(Class);

    impl Classified for No {
        fn class(&self) -> Class {
            self.0
        }
    }

    #[test]
    fn class_and_code_survive_the_wire() {
        use Class::*;
        for class in [BadInput, NotFound, Conflict, Overloaded, Unavailable, Bug] {
            let status = grpc_status(&No(class));
            assert_eq!((class_of(&status), code_of(&status)), (class, class.name()));
        }
        let other = Status::not_found("from somebody who gives no code");
        assert_eq!(code_of(&other), "not_found");
    }

    #[test]
    fn a_connection_that_broke_is_not_a_bug() {
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let status = Status::from_error(Box::new(broken));
        assert_eq!((status.code(), class_of(&status)), (Code::Unknown, Class::Unavailable));
    }
}
