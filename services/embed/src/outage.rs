//! Work that outlasts an outage of what it needs.

use std::time::Duration;

use domain::Classified;
use runtime::failure::told;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::EmbedError;

/// Pauses between tries: the first, and the longest that it doubles to.
const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(10);

/// Does `work` until it succeeds or what it fails for will not pass; it is told whether it was tried before. Once
/// `shutdown` is, what it failed for last is the outcome.
pub(crate) async fn outlast<T, F>(
    shutdown: &CancellationToken,
    work: impl Fn(bool) -> F,
) -> Result<T, EmbedError>
where
    F: Future<Output = Result<T, EmbedError>>,
{
    let (mut pause, mut again) = (FIRST, false);
    loop {
        let error = match work(again).await {
            Err(error) if error.class().is_transient() => error,
            outcome => return outcome,
        };
        if !again {
            tracing::warn!("holding on to a crop until it can be embedded: {}", told(&error));
        }
        if shutdown.run_until_cancelled(sleep(pause)).await.is_none() {
            return Err(error);
        }
        (pause, again) = ((2 * pause).min(LONGEST), true);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// What becomes of work that ends as `outcomes` say, and whether each try was told of one before.
    async fn tried(
        shutdown: &CancellationToken,
        outcomes: Vec<Result<(), EmbedError>>,
    ) -> (Result<(), EmbedError>, Vec<bool>) {
        let (outcomes, tries) = (Mutex::new(outcomes.into_iter()), Mutex::default());
        let outcome = outlast(shutdown, |again| {
            let tries: &Mutex<Vec<bool>> = &tries;
            tries.lock().unwrap().push(again);
            std::future::ready(outcomes.lock().unwrap().next().expect("it is not tried again"))
        });
        (outcome.await, tries.into_inner().unwrap())
    }

    #[tokio::test]
    async fn what_is_away_is_waited_for() {
        let away = || Err(bus::BusError::Disconnected.into());
        let (outcome, tries) = tried(&CancellationToken::new(), vec![away(), away(), Ok(())]).await;
        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!(tries, [false, true, true]);
    }

    #[tokio::test]
    async fn what_will_not_pass_is_told_at_once() {
        for fatal in [EmbedError::NoFace, EmbedError::Panicked("at once".to_owned())] {
            let class = fatal.class();
            let (outcome, tries) = tried(&CancellationToken::new(), vec![Err(fatal)]).await;
            assert_eq!((outcome.unwrap_err().class(), tries), (class, vec![false]));
        }
    }

    #[tokio::test]
    async fn nobody_waits_once_it_is_over() {
        let shutdown = CancellationToken::new();
        shutdown.cancel();
        let (outcome, tries) = tried(&shutdown, vec![Err(EmbedError::NetEnded)]).await;
        assert!(matches!(outcome, Err(EmbedError::NetEnded)), "{outcome:?}");
        assert_eq!(tries, [false], "it was tried all the same");
    }
}
