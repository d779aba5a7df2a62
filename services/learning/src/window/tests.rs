use super::*;
use crate::draws::generator;
use crate::plain::{FIXED, replayed};

fn filled(clicks: usize, capacity: usize) -> Window {
    let settings = Settings { window_clicks: Some(capacity), ..Settings::default() };
    let mut window = Window::new(&settings);
    for (sequence, experience) in (1..).zip(replayed(FIXED, clicks)) {
        window.remember(Remembered { sequence, experience });
    }
    window
}

/// Where in the window each click of a batch stands.
fn places(window: &Window, batch: &[&Experience]) -> Vec<usize> {
    let place = |e: &&Experience| window.clicks.iter().position(|r| std::ptr::eq(&r.experience, *e));
    batch.iter().map(|e| place(e).unwrap()).collect()
}

#[test]
fn full_it_lets_go_of_the_oldest() {
    let window = filled(90, 64);
    assert_eq!((window.len(), window.oldest().unwrap().sequence), (64, 27));
    assert_eq!(places(&window, &window.newest(3)), [61, 62, 63]);
    assert_eq!(window.newest(100).len(), 64);
}

#[test]
fn what_was_refused_is_kept_in_mind_as_long_as_the_click_before_it() {
    let mut window = filled(0, 64);
    window.refuse(0);
    assert_eq!(window.refused().len(), 0, "nothing before it is read again");
    let mut next = (1..).zip(replayed(FIXED, 70)).map(|(nth, experience)| (2 * nth, experience));
    let mut fill = |window: &mut Window, clicks| {
        for (sequence, experience) in next.by_ref().take(clicks) {
            window.remember(Remembered { sequence, experience });
        }
    };
    fill(&mut window, 1);
    window.refuse(3);
    fill(&mut window, 63);
    window.refuse(129);
    assert_eq!(window.refused(), &[3, 129]);
    fill(&mut window, 1);
    assert_eq!((window.oldest().unwrap().sequence, window.refused()), (4, &VecDeque::from([129])));
}

#[test]
fn a_batch_holds_the_newest_click_and_no_click_twice() {
    let window = filled(90, 64);
    let batch = |sequence| places(&window, &window.batch(16, &mut generator(1, sequence)));
    let drawn = batch(5);
    assert_eq!((drawn.len(), drawn[15]), (16, 63));
    assert!(drawn.is_sorted_by(|a, b| a < b), "{drawn:?}");
    assert_eq!(drawn, batch(5));
    assert_ne!(drawn, batch(6));
    let few = filled(3, 64);
    assert_eq!(places(&few, &few.batch(16, &mut generator(1, 1))), [0, 1, 2]);
}

#[test]
fn every_click_is_drawn_as_often_as_any_other() {
    let (window, mut draws, mut counts) = (filled(41, 64), generator(1, 1), [0u32; 40]);
    for _ in 0..4000 {
        for place in places(&window, &window.batch(11, &mut draws)).into_iter().filter(|place| *place < 40) {
            counts[place] += 1;
        }
    }
    // A thousand each, give or take: the standard deviation is 27.
    assert!(counts.iter().all(|count| (860..1140).contains(count)), "{counts:?}");
}
