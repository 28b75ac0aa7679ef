//! Every connector against a server of this process that speaks its protocol, also badly.
//!
//! The scenarios know no protocol: a [`Twin`] plays one service over a [`World`]. A new connector
//! adds a twin to [`twins`] and gets all of them.

mod city;
mod fixtures;
mod refusals;
#[cfg(feature = "crash-points")]
mod served;
mod server;
mod twins;
mod world;

use undertone::{
    connectors::Kind,
    domain::Window,
    pipeline::{BadRow, IngestError},
};

use self::{
    city::City,
    server::{Answer, Asked},
    twins::twins,
    world::World,
};

/// Plays one service.
pub trait Twin: Send + Sync {
    /// What it is called in a failure.
    fn name(&self) -> &'static str;

    /// How a pipeline reads it.
    fn kind(&self) -> Kind;

    /// Under which path of its server it stands.
    fn path(&self) -> &'static str {
        ""
    }

    /// Whether its rows say who wrote them.
    fn names_accounts(&self) -> bool;

    /// Whether an edit shows in what it answers.
    fn shows_edits(&self) -> bool;

    /// Whether a deletion does.
    fn shows_deletions(&self) -> bool;

    /// Whether it refuses a cursor from before what it keeps ([`World::keeps_from`]).
    fn forgets(&self) -> bool;

    /// From which request of a run on its absence is felt: the second, unless the first is an
    /// answer without an end.
    fn breaks_at(&self) -> usize {
        1
    }

    /// What it answers.
    fn answer(&self, asked: &Asked, world: &World) -> Answer;
}

const POSTS: u64 = 10;

#[test]
fn rows_are_read_once_however_often_they_are_asked_for() {
    for twin in twins() {
        let city = &mut City::of(&twin);
        let name = twin.name();
        let first = city.run().unwrap();
        assert_eq!((first.new, first.replaced), (POSTS, 0), "{name}: {first:?}");
        assert!(first.bad_rows.is_empty() && first.rejected.is_empty(), "{name}: {first:?}");
        let second = city.run().unwrap();
        assert_eq!((second.new, second.replaced), (0, 0), "{name}: {second:?}");
        city.world().write();
        let third = city.run().unwrap();
        assert_eq!((third.new, third.replaced), (1, 0), "{name}: {third:?}");
        assert_eq!(city.said_count(), 11, "{name}");
    }
}

#[test]
fn server_that_is_gone_in_the_middle_of_a_page_is_asked_again() {
    for twin in twins() {
        let city = &mut City::of(&twin);
        let at = twin.breaks_at();
        city.meddle(move |n, answer, _| if n == at { half(answer) } else { answer });
        let read = city.run().unwrap();
        assert_eq!((read.new, city.said_count()), (POSTS, 10), "{}: {read:?}", twin.name());
        assert!(!city.waits().is_empty(), "{}: it was asked again at once", twin.name());
    }
}

#[test]
fn server_that_stays_away_ends_the_run_and_the_next_one_goes_on() {
    for twin in twins() {
        let city = &mut City::of(&twin);
        let at = twin.breaks_at();
        city.meddle(move |n, answer, _| if n >= at { half(answer) } else { answer });
        match city.run() {
            Err(IngestError::Source(error)) => {
                assert!(!error.to_string().contains("words"), "{}: {error}", twin.name());
            }
            other => panic!("{}: {other:?}", twin.name()),
        }
        assert!(city.waits().len() <= 60, "{}: {:?}", twin.name(), city.waits());
        city.meddle(|_, answer, _| answer);
        city.run().unwrap();
        assert_eq!(city.said_count(), 10, "{}", twin.name());
    }
}

#[test]
fn same_page_twice_counts_once_and_costs_no_other_page() {
    for twin in twins() {
        for again in [1, 2] {
            let city = &mut City::of(&twin);
            city.meddle(move |n, answer, before| match before.filter(|_| n == again) {
                Some(before) => before,
                None => answer,
            });
            let read = city.run().unwrap();
            assert_eq!(city.said_count(), 10, "{} {again}: {read:?}", twin.name());
            assert_eq!(read.replaced, 0, "{}", twin.name());
        }
    }
}

#[test]
fn server_that_has_enough_is_left_alone_as_long_as_it_asks() {
    for twin in twins() {
        let city = &mut City::of(&twin);
        city.meddle(|n, answer, _| match n {
            0 => Answer::status(429, "retry-after: 7\r\n"),
            1 => Answer::status(503, ""),
            _ => answer,
        });
        let read = city.run().unwrap();
        assert_eq!(read.new, POSTS, "{}: {read:?}", twin.name());
        assert_eq!(city.waits()[..2], [7, 2], "{}", twin.name());
    }
}

#[test]
fn date_after_the_clock_keeps_nothing_that_comes_later_from_being_read() {
    for twin in twins() {
        let city = &mut City::of(&twin);
        city.world().write_at(130, "2031-01-01T00:00:00Z".parse().unwrap());
        let first = city.run().unwrap();
        assert_eq!(first.new, 11, "{}: {first:?}", twin.name());
        assert_eq!(first.dated_after_the_clock.rows, 1, "{}: {first:?}", twin.name());
        city.pass("2026-01-15T00:00:00Z");
        city.world().write_at(131, "2026-01-14T12:00:00Z".parse().unwrap());
        let second = city.run().unwrap();
        assert_eq!((second.new, second.replaced), (1, 0), "{}: {second:?}", twin.name());
    }
}

#[test]
fn cursor_from_before_what_the_service_keeps_is_counted_and_the_rest_is_read() {
    for twin in twins() {
        let city = &mut City::of(&twin);
        city.run().unwrap();
        city.pass("2026-01-27T00:00:00Z");
        city.world().write();
        city.world().keeps_from = Some("2026-01-26T00:00:00Z".parse().unwrap());
        let read = city.run().unwrap();
        assert_eq!((read.new, city.said_count()), (1, 11), "{}: {read:?}", twin.name());
        let gaps = read.bad_rows.get(&BadRow::CursorTooOld).map_or(0, |tally| tally.rows);
        assert_eq!(gaps, u64::from(twin.forgets()), "{}: {read:?}", twin.name());
        let next = city.run().unwrap();
        assert!(!next.bad_rows.contains_key(&BadRow::CursorTooOld), "{}", twin.name());
    }
}

#[test]
fn edit_replaces_what_an_open_window_holds_and_nothing_of_a_closed_one() {
    for twin in twins().into_iter().filter(|twin| twin.shows_edits()) {
        for closed in [false, true] {
            let city = &mut City::of(&twin);
            city.run().unwrap();
            let before = city.said();
            if closed {
                city.close(Window(0));
            }
            city.pass("2026-01-14T06:00:00Z");
            city.world().edit(1);
            let read = city.run().unwrap();
            let name = format!("{}, closed: {closed}: {read:?}", twin.name());
            let (replaced, too_late) = (u64::from(!closed), u64::from(closed));
            assert_eq!((read.new, read.replaced, read.too_late), (0, replaced, too_late), "{name}");
            assert_eq!(city.said() == before, closed, "{name}");
            assert_eq!(city.said_count(), 10, "{name}");
            let again = city.run().unwrap();
            assert_eq!((again.new, again.replaced, again.too_late), (0, 0, 0), "{name}");
        }
    }
}

#[test]
fn deletion_takes_back_from_an_open_window_and_nothing_from_a_closed_one() {
    for twin in twins().into_iter().filter(|twin| twin.shows_deletions()) {
        for closed in [false, true] {
            let city = &mut City::of(&twin);
            city.run().unwrap();
            let before = city.said();
            if closed {
                city.close(Window(0));
            }
            city.pass("2026-01-14T06:00:00Z");
            city.world().delete(1);
            let read = city.run().unwrap();
            let name = format!("{}, closed: {closed}: {read:?}", twin.name());
            let (removed, too_late) = (u64::from(!closed), u64::from(closed));
            assert_eq!((read.new, read.removed, read.too_late), (0, removed, too_late), "{name}");
            assert_eq!(city.said() == before, closed, "{name}");
            assert_eq!(city.said_count(), if closed { 10 } else { 9 }, "{name}");
        }
    }
}

#[test]
fn answer_of_another_kind_or_without_an_end_is_an_error_and_quotes_nothing() {
    let marked = "<html>marigold@example.org</html>".to_owned();
    for twin in twins() {
        for body in [marked.clone(), format!("{marked}{}", "x".repeat(17 << 20))] {
            let city = &mut City::of(&twin);
            city.meddle(move |_, _, _| Answer::text(&body));
            let error = match city.run() {
                Err(error) => error.to_string(),
                Ok(read) => panic!("{}: {read:?}", twin.name()),
            };
            assert!(!error.contains("marigold") && error.contains("127.0.0.1"), "{error}");
        }
    }
}

fn half(answer: Answer) -> Answer {
    match answer {
        Answer::Page { .. } => Answer::Half(Box::new(answer)),
        Answer::Stream(lines) => Answer::Stream(lines[..lines.len() / 2].to_owned()),
        Answer::Socket { messages, .. } => {
            let half = messages.len() / 2;
            Answer::Socket { messages: messages[..half].to_vec(), closes: false }
        }
        half => half,
    }
}
