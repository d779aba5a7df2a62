//! The most recent clicks, from which batches are drawn.

use std::collections::VecDeque;

use rand_chacha::ChaCha8Rng;

use crate::draws::below;
use crate::experience::Experience;
use crate::resemblance::Resemblance;
use crate::settings::Settings;

/// Clicks in the order of the stream, the newest last; full, it lets go of the oldest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window {
    clicks: VecDeque<Remembered>,
    /// Sequences behind the oldest click that were refused for what their messages do not tell.
    refused: VecDeque<u64>,
    capacity: usize,
    /// Newest clicks that are held against the older ones; 0 where they are not.
    taste_clicks: usize,
    newer: Resemblance,
    older: Resemblance,
}

/// A click in the window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Remembered {
    pub(crate) sequence: u64,
    pub(crate) experience: Experience,
}

impl Window {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self::refusing(Vec::new(), settings)
    }

    /// Returns an empty window that is to be filled again from a stream in which `refused` were refused.
    pub(crate) fn refusing(refused: Vec<u64>, settings: &Settings) -> Self {
        Self {
            clicks: VecDeque::new(),
            refused: refused.into(),
            capacity: settings.window_clicks(),
            taste_clicks: settings.taste_clicks(),
            newer: Resemblance::default(),
            older: Resemblance::default(),
        }
    }

    /// Takes the newest click in; a full window lets go of its oldest.
    pub(crate) fn remember(&mut self, click: Remembered) {
        if self.clicks.len() == self.capacity {
            self.let_go();
        }
        self.clicks.push_back(click);
        if self.taste_clicks > 0 {
            self.newer.add(&click.experience);
            if self.newer.clicks() > self.taste_clicks {
                let aged = &self.clicks[self.clicks.len() - 1 - self.taste_clicks].experience;
                self.newer.remove(aged);
                self.older.add(aged);
            }
        }
        self.pass_refused();
    }

    /// Returns whether the newest clicks are of another taste than the older ones, of which there are at least as many.
    pub(crate) fn is_contradicted(&self) -> bool {
        self.taste_clicks > 0
            && self.older.clicks() >= self.taste_clicks
            && self.newer.contradicts(&self.older)
    }

    /// Lets go of all clicks but the newest, which are of another taste.
    pub(crate) fn forget_older(&mut self) {
        while self.clicks.len() > self.taste_clicks {
            self.let_go();
        }
        self.pass_refused();
    }

    /// Lets go of the oldest click.
    fn let_go(&mut self) {
        let Some(oldest) = self.clicks.pop_front() else { return };
        if self.taste_clicks > 0 {
            // A window may be as small as what is newer.
            let held = if self.older.clicks() > 0 { &mut self.older } else { &mut self.newer };
            held.remove(&oldest.experience);
        }
    }

    /// Forgets refusals behind the oldest click: the stream is not read from before it.
    fn pass_refused(&mut self) {
        let Some(oldest) = self.oldest().map(|click| click.sequence) else { return };
        let passed = self.refused.iter().take_while(|refused| **refused < oldest).count();
        self.refused.drain(..passed);
    }

    /// Keeps in mind that the click at `sequence` was refused, for as long as the stream is read from before it.
    pub(crate) fn refuse(&mut self, sequence: u64) {
        if !self.clicks.is_empty() {
            self.refused.push_back(sequence);
        }
    }

    /// Sequences that were refused, in order.
    pub(crate) fn refused(&self) -> &VecDeque<u64> {
        &self.refused
    }

    pub(crate) fn len(&self) -> usize {
        self.clicks.len()
    }

    pub(crate) fn oldest(&self) -> Option<&Remembered> {
        self.clicks.front()
    }

    /// The newest `count` clicks or as many as there are, in order.
    pub(crate) fn newest(&self, count: usize) -> Vec<&Experience> {
        let passed = self.clicks.len().saturating_sub(count);
        self.clicks.range(passed..).map(|click| &click.experience).collect()
    }

    /// The newest click and `count - 1` others, or as many as there are, in the order of the stream. Which
    /// ones follows from `draws`, each set as likely as any other (Floyd; Bentley 1987, "A sample of
    /// brilliance"): what it costs grows with the batch, not with the window.
    pub(crate) fn batch(&self, count: usize, draws: &mut ChaCha8Rng) -> Vec<&Experience> {
        let older = self.clicks.len() - 1;
        let drawn = older.min(count - 1);
        let mut taken = vec![0u64; older / 64 + 1];
        for last in older - drawn..older {
            let place = below(last as u64 + 1, draws);
            let place = if taken[place / 64] >> (place % 64) & 1 == 0 { place } else { last };
            taken[place / 64] |= 1 << (place % 64);
        }
        let mut batch = Vec::with_capacity(drawn + 1);
        for (word, &places) in taken.iter().enumerate() {
            let mut left = places;
            while left != 0 {
                batch.push(&self.clicks[64 * word + left.trailing_zeros() as usize].experience);
                left &= left - 1;
            }
        }
        batch.push(&self.clicks[older].experience);
        batch
    }
}

#[cfg(test)]
mod tests;
