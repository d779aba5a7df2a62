//! What keeps a catalogue from being published.

use domain::catalogue::FEWEST_PEOPLE;

use crate::v1;

/// Why there is no catalogue, or no newer one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// There was never one, and too few people are there for it.
    #[error("a catalogue needs {FEWEST_PEOPLE} people with enough good crops, and {0} of them are there")]
    FewPeople(u32),
    /// Alarms that nobody accepted.
    #[error("an alarm holds the catalogue back: {0}")]
    Alarm(String),
}

impl v1::DescribeReply {
    /// Whether every stored crop was looked at for the catalogue, but for those that will have no vector.
    pub fn is_through(&self) -> bool {
        let settled = u64::from(self.crops_in_catalogue) + u64::from(self.crops_dead);
        self.crops_stored > 0 && settled >= u64::from(self.crops_stored)
    }

    /// Whether no stored crop is in the embedder's hands or waits for it, and all that it made was looked at. A crop whose
    /// dead letter somebody dropped is not waited for then.
    pub fn is_idle(&self) -> bool {
        self.crops_stored > 0 && self.crops_waiting == Some(0) && self.crops_in_catalogue >= self.crops
    }

    /// What keeps the catalogue back as it stands now.
    pub fn obstacle(&self) -> Option<Obstacle> {
        let ringing = self.alarms.iter().filter(|alarm| !alarm.accepted);
        let ringing: Vec<String> = ringing.map(|alarm| format!("{}: {}", alarm.name, alarm.words)).collect();
        if !ringing.is_empty() {
            return Some(Obstacle::Alarm(ringing.join("; ")));
        }
        let few = self.catalogue_version.is_empty() && (self.people_ready as usize) < FEWEST_PEOPLE;
        few.then_some(Obstacle::FewPeople(self.people_ready))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_letters_are_not_waited_for_and_what_is_missing_is_said() {
        let reply = v1::DescribeReply {
            crops_stored: 728,
            crops: 725,
            crops_in_catalogue: 725,
            catalogue_version: "held".to_owned(),
            ..Default::default()
        };
        assert!(!reply.is_through() && !reply.is_idle());
        let counted = v1::DescribeReply { crops_dead: 3, ..reply.clone() };
        assert!(counted.is_through());
        // Their letters were dropped.
        let dropped = v1::DescribeReply { crops_waiting: Some(0), ..reply.clone() };
        assert!(!dropped.is_through() && dropped.is_idle());
        let unread = v1::DescribeReply { crops_in_catalogue: 724, ..dropped.clone() };
        assert!(!unread.is_idle());
        assert!(!v1::DescribeReply::default().is_through(), "nothing is stored yet");

        assert_eq!(reply.obstacle(), None, "what serves goes on serving, however many are left");
        let none = |people_ready| v1::DescribeReply {
            catalogue_version: String::new(),
            people_ready,
            ..reply.clone()
        };
        assert_eq!(none(10).obstacle(), None);
        assert_eq!(none(9).obstacle(), Some(Obstacle::FewPeople(9)));
        let alarm = |accepted| v1::Alarm { name: "few-crops".to_owned(), words: "60 %".to_owned(), accepted };
        let alarming = |accepted| v1::DescribeReply { alarms: vec![alarm(accepted)], ..reply.clone() };
        assert_eq!(alarming(true).obstacle(), None);
        assert_eq!(alarming(false).obstacle(), Some(Obstacle::Alarm("few-crops: 60 %".to_owned())));
    }
}
