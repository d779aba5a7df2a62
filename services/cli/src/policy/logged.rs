//! The clicks that policies are judged by.

use bus::{Bus, Stream};
use proto::convert::impression::RecordedClick;
use proto::v1;

use crate::CliError;
use crate::progress::Progress;

/// Every click of the stream, as it stands now, that can be learned from.
pub(super) async fn clicks(bus: &Bus) -> Result<Vec<RecordedClick>, CliError> {
    let extent = bus.extent(Stream::Clicks).await?;
    let mut progress = Progress::new("reading", extent.messages);
    let (mut clicks, mut stream) = (Vec::new(), bus.replay::<v1::ClickRecorded>(Stream::Clicks, 1));
    for looked_at in 1..=extent.messages {
        let entry = stream.next().await;
        clicks.extend(entry.message.and_then(|wire| RecordedClick::try_from(&wire)).ok());
        progress.at(looked_at, extent.messages, "clicks");
        if entry.sequence >= extent.last {
            break;
        }
    }
    progress.done(&format!("{} clicks", clicks.len()));
    Ok(clicks)
}
