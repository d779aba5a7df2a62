//! The closed list of failure classes.

/// What kind of failure an error is. Every error enum of the workspace falls into exactly one of
/// these; `runtime` maps each once to an HTTP status, a gRPC code and an ack decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The caller sent something that can never work; sending it again changes nothing.
    BadInput,
    /// The thing asked for does not exist, or no longer.
    NotFound,
    /// The request contradicts the present state (an older catalogue, a second click).
    Conflict,
    /// A bounded queue is full; the same request may pass a moment later.
    Overloaded,
    /// Something we depend on does not answer now; a retry may help.
    Unavailable,
    /// Ours: an invariant did not hold.
    Bug,
}

impl Class {
    /// Whether the same message may succeed when it is tried again.
    pub fn is_transient(self) -> bool {
        matches!(self, Class::Overloaded | Class::Unavailable)
    }

    /// The name used in logs and as a metric label.
    pub fn name(self) -> &'static str {
        match self {
            Class::BadInput => "bad_input",
            Class::NotFound => "not_found",
            Class::Conflict => "conflict",
            Class::Overloaded => "overloaded",
            Class::Unavailable => "unavailable",
            Class::Bug => "bug",
        }
    }
}

/// An error that knows its class.
pub trait Classified: std::error::Error {
    /// The one class this error falls into.
    fn class(&self) -> Class;

    /// A stable word for what failed, which callers may go by; the class's name where nobody tells it apart.
    fn code(&self) -> &'static str {
        self.class().name()
    }
}
