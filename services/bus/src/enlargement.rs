//! Streams that are there already: they are brought up to what a service asks for, and nothing is ever taken from them by
//! a service that starts. A server drops copies, and messages over a limit, within seconds of being told.

use async_nats::jetstream::stream::Config;

use crate::{Bus, BusError, refusal};

/// A setting that says how much of a stream is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// Copies in a cluster.
    Copies,
    /// How old messages may be.
    Age,
    /// How many messages.
    Messages,
}

impl Kept {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Kept::Copies => "copies",
            Kept::Age => "age",
            Kept::Messages => "messages",
        }
    }
}

/// A setting of which a stream keeps more than is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surplus {
    /// Name of the stream or bucket's stream, within its namespace.
    pub stream: String,
    /// Which of its settings.
    pub setting: Kept,
    /// What it keeps.
    pub kept: String,
    /// What is configured.
    pub configured: String,
}

/// What becomes of a stream that is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Enlarged {
    /// What it is to be; where it is that already, nothing has to be done.
    pub(crate) config: Config,
    /// Whether that differs from what it is.
    pub(crate) differs: bool,
    /// What it keeps beyond what is configured.
    pub(crate) surplus: Vec<Surplus>,
}

/// Returns what a stream that is `there` becomes where `wanted` is configured: copies, ages and counts only grow, what the
/// system needs of a stream is set, and everything else (where it is placed, how it is compressed) stays as an operator made it.
pub(crate) fn enlarged(there: &Config, wanted: &Config) -> Enlarged {
    let mut config = with_what_is_needed(there, wanted);
    // A history that an earlier version of the product would shorten while both run. One message a subject is no history: a
    // second click would be taken.
    let histories = [there, wanted].map(|config| unlimited_last(config.max_messages_per_subject));
    if wanted.max_messages_per_subject != 1 && histories[0] > histories[1] {
        config.max_messages_per_subject = there.max_messages_per_subject;
    }
    let mut surplus = Vec::new();
    let mut keep = |setting, kept: String, configured: String| {
        surplus.push(Surplus { stream: wanted.name.clone(), setting, kept, configured });
    };
    if wanted.num_replicas >= there.num_replicas {
        config.num_replicas = wanted.num_replicas;
    } else {
        keep(Kept::Copies, there.num_replicas.to_string(), wanted.num_replicas.to_string());
    }
    if unlimited_last(wanted.max_age.as_nanos()) >= unlimited_last(there.max_age.as_nanos()) {
        config.max_age = wanted.max_age;
    } else {
        keep(Kept::Age, age(there), age(wanted));
    }
    if unlimited_last(wanted.max_messages) >= unlimited_last(there.max_messages) {
        config.max_messages = wanted.max_messages;
    } else {
        keep(Kept::Messages, count(there.max_messages), count(wanted.max_messages));
    }
    Enlarged { differs: differ(there, &config), config, surplus }
}

/// Returns what a stream that is `there` becomes where `wanted` is configured and `lowered` may be less than it is.
fn lowered(there: &Config, wanted: &Config, lowered: &[Kept]) -> Config {
    let mut config = enlarged(there, wanted).config;
    for setting in lowered {
        match setting {
            Kept::Copies => config.num_replicas = wanted.num_replicas,
            Kept::Age => config.max_age = wanted.max_age,
            Kept::Messages => config.max_messages = wanted.max_messages,
        }
    }
    config
}

fn with_what_is_needed(there: &Config, wanted: &Config) -> Config {
    Config {
        max_messages_per_subject: wanted.max_messages_per_subject,
        discard: wanted.discard,
        discard_new_per_subject: wanted.discard_new_per_subject,
        allow_direct: wanted.allow_direct,
        allow_rollup: wanted.allow_rollup,
        deny_delete: wanted.deny_delete,
        duplicate_window: wanted.duplicate_window.max(there.duplicate_window),
        ..there.clone()
    }
}

/// Whether a server has to be told anything. Only what this file sets is looked at: servers of other versions fill in others.
fn differ(there: &Config, config: &Config) -> bool {
    let set = |c: &Config| {
        (
            (c.num_replicas, c.max_age, unlimited_last(c.max_messages)),
            (unlimited_last(c.max_messages_per_subject), c.discard, c.discard_new_per_subject),
            (c.allow_direct, c.allow_rollup, c.deny_delete, c.duplicate_window),
        )
    };
    set(there) != set(config)
}

/// A limit where 0 and, for servers, −1 mean none.
fn unlimited_last<T: Default + PartialOrd>(limit: T) -> (bool, T) {
    let is_none = limit <= T::default();
    (is_none, if is_none { T::default() } else { limit })
}

fn age(config: &Config) -> String {
    match config.max_age.as_secs() {
        0 => "for ever".to_owned(),
        seconds if seconds % 86_400 == 0 => format!("{} days", seconds / 86_400),
        seconds => format!("{seconds} s"),
    }
}

fn count(messages: i64) -> String {
    if messages <= 0 { "all".to_owned() } else { messages.to_string() }
}

impl Bus {
    /// Makes the stream of `wanted`, or brings the one that is there up to it. What it keeps beyond that stays, and the log
    /// says so once.
    ///
    /// # Errors
    /// Where the broker refuses, and where the stream is another system's.
    pub(crate) async fn ensure(&self, wanted: Config) -> Result<(), BusError> {
        let name = wanted.name.clone();
        let Some(there) = self.settings_of(&name).await? else {
            let made = self.context.create_stream(wanted).await;
            return made.map(drop).map_err(|e| refusal::of_stream(&name, e));
        };
        refuse_another_systems(&there, &wanted)?;
        let Enlarged { config, differs, surplus } = enlarged(&there, &wanted);
        for Surplus { stream, setting, kept, configured } in &surplus {
            if self.surplus_is_news(stream, *setting) {
                tracing::warn!(
                    stream,
                    setting = setting.name(),
                    kept,
                    configured,
                    "the stream keeps more than this service is configured for, and goes on doing so; `avzeus streams apply` \
                     takes it back"
                );
            }
        }
        if !differs {
            return Ok(());
        }
        let changed = self.context.update_stream(config).await;
        changed.map(drop).map_err(|e| refusal::of_stream(&name, e))
    }

    /// Returns what streams keep beyond what is configured here.
    ///
    /// # Errors
    /// Where the broker does not tell.
    pub async fn surplus(&self) -> Result<Vec<Surplus>, BusError> {
        self.check()?;
        let mut surplus = Vec::new();
        for wanted in self.configs() {
            if let Some(there) = self.settings_of(&wanted.name).await? {
                surplus.extend(enlarged(&there, &wanted).surplus);
            }
        }
        Ok(surplus)
    }

    /// Lowers every setting in `surplus` to what is configured here: copies and messages beyond it go within seconds.
    ///
    /// # Errors
    /// Where the broker refuses; the streams before that one are as configured.
    pub async fn lower(&self, surplus: &[Surplus]) -> Result<(), BusError> {
        self.check()?;
        for wanted in self.configs() {
            let of_stream = surplus.iter().filter(|surplus| surplus.stream == wanted.name);
            let settings: Vec<Kept> = of_stream.map(|surplus| surplus.setting).collect();
            let Some(there) = self.settings_of(&wanted.name).await? else { continue };
            let config = lowered(&there, &wanted, &settings);
            if !settings.is_empty() && differ(&there, &config) {
                let changed = self.context.update_stream(config).await;
                changed.map_err(|e| refusal::of_stream(&wanted.name, e))?;
            }
        }
        Ok(())
    }

    /// The settings of the stream called `name`; `None` where there is none.
    async fn settings_of(&self, name: &str) -> Result<Option<Config>, BusError> {
        match self.context.get_stream(name).await {
            Ok(stream) => Ok(Some(stream.cached_info().config.clone())),
            Err(error) if crate::guard::is_gone(&error) => Ok(None),
            Err(error) => Err(refusal::of_stream(name, error)),
        }
    }
}

/// A stream of this name that takes other subjects was made by somebody else for something else.
fn refuse_another_systems(there: &Config, wanted: &Config) -> Result<(), BusError> {
    if there.subjects == wanted.subjects {
        return Ok(());
    }
    let (name, subjects) = (wanted.name.clone(), there.subjects.join(", "));
    Err(BusError::AnotherSystems { stream: name, subjects })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn stream(copies: usize, age: Duration, messages: i64) -> Config {
        Config {
            name: "CLICKS".to_owned(),
            num_replicas: copies,
            max_age: age,
            max_messages: messages,
            ..Config::default()
        }
    }

    #[test]
    fn nothing_is_taken_from_a_stream() {
        let there = stream(3, Duration::ZERO, -1);
        let Enlarged { config, differs, surplus } = enlarged(&there, &stream(1, 30 * DAY, 8));
        assert_eq!((config.num_replicas, config.max_age, config.max_messages), (3, Duration::ZERO, -1));
        assert!(!differs);
        let told: Vec<_> =
            surplus.iter().map(|s| (s.setting.name(), s.kept.as_str(), s.configured.as_str())).collect();
        assert_eq!(told, [("copies", "3", "1"), ("age", "for ever", "30 days"), ("messages", "all", "8")]);
    }

    #[test]
    fn a_stream_grows_to_what_is_configured() {
        let there = stream(1, 30 * DAY, 8);
        for (wanted, differs) in [
            (stream(3, 30 * DAY, 8), true),
            (stream(1, Duration::ZERO, 8), true),
            (stream(1, 30 * DAY, 0), true),
            (stream(1, 30 * DAY, 8), false),
        ] {
            let enlarged = enlarged(&there, &wanted);
            assert_eq!(enlarged.surplus, []);
            assert_eq!(enlarged.differs, differs, "{wanted:?}");
            assert_eq!(enlarged.config, wanted);
        }
    }

    #[test]
    fn what_an_operator_set_besides_stays() {
        let there = Config {
            description: Some("on the fast disks".to_owned()),
            max_bytes: 1 << 30,
            ..stream(1, DAY, 8)
        };
        let wanted = stream(3, 2 * DAY, 8);
        for config in [enlarged(&there, &wanted).config, lowered(&there, &wanted, &[Kept::Copies])] {
            assert_eq!((config.description.clone(), config.max_bytes), (there.description.clone(), 1 << 30));
            assert_eq!((config.num_replicas, config.max_age), (3, 2 * DAY));
        }
    }

    #[test]
    fn less_is_taken_only_where_it_is_asked_for() {
        let (there, wanted) = (stream(3, Duration::ZERO, 0), stream(1, 30 * DAY, 8));
        let less = lowered(&there, &wanted, &[Kept::Age, Kept::Messages]);
        assert_eq!((less.num_replicas, less.max_age, less.max_messages), (3, 30 * DAY, 8));
        assert_eq!(lowered(&there, &wanted, &[Kept::Copies]).num_replicas, 1);
    }

    #[test]
    fn a_history_grows_and_one_message_a_subject_stays_one() {
        let with = |history: i64| Config { max_messages_per_subject: history, ..stream(1, DAY, 8) };
        let history = |there, wanted| enlarged(&with(there), &with(wanted)).config.max_messages_per_subject;
        assert_eq!((history(8, 64), history(64, 8), history(8, 1)), (64, 64, 1));
    }

    #[test]
    fn a_stream_with_other_subjects_is_another_systems() {
        let of = |subject: &str| Config { subjects: vec![subject.to_owned()], ..stream(1, DAY, 8) };
        assert!(refuse_another_systems(&of("click.recorded.*"), &of("click.recorded.*")).is_ok());
        let refused = refuse_another_systems(&of("clicks.>"), &of("click.recorded.*")).unwrap_err();
        assert!(refused.to_string().contains("clicks.>") && refused.to_string().contains("AVZEUS_NAMESPACE"));
    }
}
