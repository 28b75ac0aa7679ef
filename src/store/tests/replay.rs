//! Replaying the journal yields what the running store said, at every point and after any tear.

use std::{collections::BTreeMap, fs};

use proptest::{prelude::*, test_runner::RngSeed};

use super::*;

/// One call on a store.
#[derive(Clone, Debug)]
enum Call {
    Commit(Vec<Contribution>, u8),
    Close,
    Scrub,
    Charge(u8),
    Forget,
}

fn some_contribution() -> impl Strategy<Value = (u8, u8, u16, u32, u8)> {
    (0..4u8, 0..3u8, 0..5u16, 0..3u32, 0..4u8)
}

/// Windows are named from the first open one on, as a caller dates them.
fn some_call() -> impl Strategy<Value = Call> {
    let some = prop::collection::vec(some_contribution(), 1..6).prop_map(|parts| {
        let each = |(who, which, event, window, kind)| match kind {
            0 => deletion(who, which, 100 + event, window),
            1 => edit(who, which, 200 + event, window),
            _ => contribution(who, which, event, window),
        };
        parts.into_iter().map(each).collect()
    });
    prop_oneof![
        8 => (some, 0..4u8).prop_map(|(contributions, input)| Call::Commit(contributions, input)),
        2 => Just(Call::Close),
        1 => Just(Call::Scrub),
        2 => (0..8u8).prop_map(Call::Charge),
        1 => Just(Call::Forget),
    ]
}

fn run(store: &mut Store, call: &Call, step: u64) -> Vec<Applied> {
    let first_open = store.first_open();
    match call {
        Call::Commit(contributions, input) => {
            let mut contributions = contributions.clone();
            contributions.iter_mut().for_each(|each| each.window.0 += first_open.0);
            let cursor = step.is_multiple_of(2).then(|| cursor(*input, step));
            return store.commit(Batch { contributions, cursor }).unwrap();
        }
        Call::Close => store.close_through(first_open).unwrap(),
        Call::Scrub => store.scrub(first_open).unwrap(),
        Call::Charge(id) if store.charge_of([*id; 32], 0).unwrap().is_none() => {
            store.charge(charge(*id, 0, first_open.0, 0..4)).unwrap();
        }
        Call::Charge(_) => {}
        Call::Forget => store.forget_charges_before(first_open).unwrap(),
    }
    Vec::new()
}

type Comment = (Window, Pseudonym, Option<(Neighborhood, Labels)>);

/// The rules again, in their plainest form: what stands, by comment.
#[derive(Default)]
struct Model {
    events: Vec<EventKey>,
    comments: BTreeMap<OriginKey, Comment>,
}

impl Model {
    fn take(&mut self, first_open: Window, each: &Contribution) -> Applied {
        if self.events.contains(&each.event) {
            return Applied::Duplicate;
        }
        self.events.push(each.event);
        let Some((window, _, stands)) = self.comments.get_mut(&each.origin) else {
            let comment = (each.window, each.resident, each.said.clone());
            self.comments.insert(each.origin, comment);
            return if each.said.is_some() { Applied::New } else { Applied::Removed };
        };
        if each.said.is_some() && !each.replaces {
            return Applied::Duplicate;
        }
        if *window < first_open {
            return Applied::TooLate;
        }
        if stands.is_none() {
            return Applied::Duplicate;
        }
        *stands = each.said.clone();
        if each.said.is_some() { Applied::Replaced } else { Applied::Removed }
    }

    fn said(&self, from: Window) -> Vec<(Pseudonym, Vec<Said>)> {
        let mut all: BTreeMap<Pseudonym, Vec<Said>> = BTreeMap::new();
        for (window, resident, said) in self.comments.values() {
            if let (true, Some((neighborhood, labels))) = (*window >= from, said.clone()) {
                let said = Said { window: *window, neighborhood, labels };
                all.entry(*resident).or_default().push(said);
            }
        }
        all.into_iter().collect()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// A few places in the frame that `start..end` holds: its edges, its header, its middle.
fn cuts(start: usize, end: usize) -> Vec<usize> {
    let mut cuts = vec![start, start + 1, start + 12, (start + end) / 2, end.saturating_sub(1)];
    cuts.retain(|cut| (start..end).contains(cut));
    cuts.dedup();
    cuts
}

fn config(cases: u32) -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(0x5708E);
    ProptestConfig { cases, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn store_opened_again_after_every_call_says_what_it_said_and_obeys_the_model(
        calls in prop::collection::vec(some_call(), 1..16),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = in_memory(dir.path());
        let mut model = Model::default();
        for (step, call) in (0..).zip(&calls) {
            let first_open = store.first_open();
            let applied = run(&mut store, call, step);
            if let Call::Commit(contributions, _) = call {
                let expected = contributions.iter().map(|each| {
                    let window = Window(each.window.0 + first_open.0);
                    model.take(first_open, &Contribution { window, ..each.clone() })
                });
                prop_assert_eq!(applied, expected.collect::<Vec<_>>());
            }
            let live = contents(&store);
            prop_assert_eq!(&live.said, &model.said(store.scrubbed_until()));
            drop(store);
            store = in_memory(dir.path());
            prop_assert_eq!(contents(&store), live);
        }
    }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn journal_torn_anywhere_in_a_last_frame_opens_and_redelivery_completes_it(
        calls in prop::collection::vec(some_call(), 1..8),
        last in prop::collection::vec(some_contribution(), 1..6),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = in_memory(dir.path());
        for (step, call) in (0..).zip(&calls) {
            run(&mut store, call, step);
        }
        let before = tempfile::tempdir().unwrap();
        copy_folder(&dir.path().join("journal"), &before.path().join("journal"));
        let plain = |(who, which, event, window, _)| contribution(who, which, event, window);
        let call = Call::Commit(last.into_iter().map(plain).collect(), 1);
        run(&mut store, &call, 100);
        let complete = contents(&store);
        drop(store);
        for entry in fs::read_dir(dir.path().join("journal")).unwrap() {
            let name = entry.unwrap().file_name();
            let whole = fs::read(dir.path().join("journal").join(&name)).unwrap();
            let start = fs::metadata(before.path().join("journal").join(&name))
                .map_or(0, |metadata| metadata.len() as usize);
            for cut in cuts(start, whole.len()) {
                let torn = tempfile::tempdir().unwrap();
                copy_folder(&dir.path().join("journal"), &torn.path().join("journal"));
                fs::write(torn.path().join("journal").join(&name), &whole[..cut]).unwrap();
                let mut store = in_memory(torn.path());
                run(&mut store, &call, 100);
                prop_assert_eq!(contents(&store), contents_of(&complete));
            }
        }
    }
}

/// A copy, as [`Contents`] is for comparison only.
fn contents_of(all: &Contents) -> Contents {
    Contents {
        said: all.said.clone(),
        spent: all.spent.clone(),
        charges: all.charges.clone(),
        cursors: all.cursors.clone(),
        ..*all
    }
}

proptest! {
    #![proptest_config(config(12))]

    #[test]
    fn both_states_answer_alike(calls in prop::collection::vec(some_call(), 1..20)) {
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let mut memory = in_memory(dirs[0].path());
        let mut disk = on_disk(dirs[1].path()).0;
        for (step, call) in (0..).zip(&calls) {
            prop_assert_eq!(run(&mut memory, call, step), run(&mut disk, call, step));
            prop_assert_eq!(contents(&memory), contents(&disk));
        }
        drop(disk);
        prop_assert_eq!(contents(&on_disk(dirs[1].path()).0), contents(&memory));
    }
}
