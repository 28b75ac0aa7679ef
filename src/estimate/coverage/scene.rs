//! The fixture city, released again and again with fresh noise.

use super::{
    CoverageError, CoverageRow, DELTA, UNIT,
    riverton::{DISTRICTS, PLACES, TOPICS, WINDOWS},
    sigma_units,
    tally::Tally,
};
use crate::{
    domain::{Grouping, KeySet, NamedKey},
    estimate::{Net, difference, simultaneous_quantile},
    privacy::{
        Budget, FamilySpec, LevelNoise, Node, PlaceTree, PrefixMatrix, PrivacyPlan, noise_alone,
    },
    release::{Interval, net_sentiment, voices},
};

const PLACE_COUNT: usize = PLACES.len();
const PAIRS: usize = PLACE_COUNT * (PLACE_COUNT - 1) / 2;
const DISTRICT_COUNT: usize = 3;
/// Places, districts, and the city.
const NODES: usize = PLACE_COUNT + DISTRICT_COUNT + 1;
/// Windows of the block of running totals.
const STEPS: u32 = 13;

/// Noisy or true voices in the three tones.
type Tones = [f64; 3];

/// Every kind of interval at `epsilon`.
pub(super) fn simulate(epsilon: f64, repetitions: u32) -> Result<Vec<CoverageRow>, CoverageError> {
    let mut rows = moods(epsilon, repetitions)?;
    rows.extend(topics(epsilon, repetitions)?);
    rows.extend(levels(epsilon, repetitions)?);
    rows.extend(totals(epsilon, repetitions)?);
    Ok(rows)
}

fn true_net([negative, neutral, positive]: Tones) -> f64 {
    (positive - negative) / (negative + neutral + positive)
}

fn true_tones(place: usize, window: usize) -> Tones {
    let [negative, neutral, positive, _] = PLACES[place][window];
    [negative, neutral, positive].map(|units| units as f64 / UNIT)
}

fn plus(a: Tones, b: Tones) -> Tones {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

fn rows(tallies: impl IntoIterator<Item = Tally>, epsilon: f64) -> Vec<CoverageRow> {
    tallies.into_iter().map(|tally| tally.row(epsilon)).collect()
}

/// Cells, net sentiments and their differences, without levels.
fn moods(epsilon: f64, repetitions: u32) -> Result<Vec<CoverageRow>, CoverageError> {
    let sigma_units = sigma_units(epsilon, 0.5, 4, UNIT)?;
    let sigma = f64::from(sigma_units) / UNIT;
    let mut tallies = [
        Tally::each("cell"),
        Tally::each("net sentiment of a place"),
        Tally::each("net sentiment of the city"),
        Tally::all_at_once("28 differences of places"),
        Tally::all_at_once("8 differences of windows"),
    ];
    for _ in 0..repetitions {
        tallies.iter_mut().for_each(Tally::begin);
        let [cells, places, city, pairs, windows] = &mut tallies;
        let noise = noise_alone(sigma_units, PLACE_COUNT * WINDOWS * 4)?;
        let mut noise = noise.into_iter().map(|units| units as f64 / UNIT);
        let mut nets = [[None; PLACE_COUNT]; WINDOWS];
        for (w, nets) in nets.iter_mut().enumerate() {
            let (mut sum, mut true_sum) = ([0.0; 3], [0.0; 3]);
            for (p, net) in nets.iter_mut().enumerate() {
                let truth = PLACES[p][w].map(|units| units as f64 / UNIT);
                let noisy = truth.map(|voices| voices + noise.next().unwrap_or(0.0));
                noisy.iter().zip(truth).for_each(|(y, x)| cells.see(Some(voices(*y, sigma)), x));
                let tones = [noisy[0], noisy[1], noisy[2]];
                places.see(net_sentiment(tones, sigma), true_net(true_tones(p, w)));
                *net = Net::from_tones(tones, sigma);
                (sum, true_sum) = (plus(sum, tones), plus(true_sum, true_tones(p, w)));
            }
            let sigma = sigma * (PLACE_COUNT as f64).sqrt();
            city.see(net_sentiment(sum, sigma), true_net(true_sum));
            pairs.see_all(place_pairs(w, nets, |_, _| 0.0));
        }
        for (then, now) in [(0, 3), (1, 2)] {
            windows.see_all(window_pairs(then, now, &nets));
        }
    }
    Ok(rows(tallies, epsilon))
}

/// Every pair of places with its known difference.
fn place_pairs(
    window: usize,
    nets: &[Option<Net>; PLACE_COUNT],
    correlation: impl Fn(usize, usize) -> f64,
) -> Vec<(Option<Interval>, f64)> {
    let z = simultaneous_quantile(PAIRS);
    let truth = |place| true_net(true_tones(place, window));
    let pair = |(i, j): (usize, usize)| {
        let given = nets[i].zip(nets[j]).map(|(a, b)| difference(a, b, correlation(i, j), z));
        (given, truth(i) - truth(j))
    };
    (0..PLACE_COUNT).flat_map(|i| (i + 1..PLACE_COUNT).map(move |j| (i, j))).map(pair).collect()
}

/// Every place in two windows with its known difference.
fn window_pairs(
    then: usize,
    now: usize,
    nets: &[[Option<Net>; PLACE_COUNT]; WINDOWS],
) -> Vec<(Option<Interval>, f64)> {
    let z = simultaneous_quantile(PLACE_COUNT);
    let pair = |p: usize| {
        let given = nets[now][p].zip(nets[then][p]).map(|(a, b)| difference(a, b, 0.0, z));
        (given, true_net(true_tones(p, now)) - true_net(true_tones(p, then)))
    };
    (0..PLACE_COUNT).map(pair).collect()
}

/// Net sentiment of topics over all windows, once.
fn topics(epsilon: f64, repetitions: u32) -> Result<Vec<CoverageRow>, CoverageError> {
    let sigma_units = sigma_units(epsilon, 0.25, 1, UNIT)?;
    let sigma = f64::from(sigma_units) / UNIT;
    let mut tally = Tally::each("net sentiment of a topic");
    for _ in 0..repetitions {
        tally.begin();
        let noise = noise_alone(sigma_units, TOPICS.len() * 3)?;
        for (topic, noise) in TOPICS.iter().zip(noise.chunks(3)) {
            let truth = topic.map(|units| units as f64 / UNIT);
            let tones = [0, 1, 2].map(|t| truth[t] + noise[t] as f64 / UNIT);
            tally.see(net_sentiment(tones, sigma), true_net(truth));
        }
    }
    Ok(rows([tally], epsilon))
}

/// One tone of one window, measured at all levels and reconciled.
fn reconciled(
    tree: &PlaceTree,
    sigmas: [u32; 3],
    truth: &[f64; PLACE_COUNT],
) -> Result<[f64; NODES], CoverageError> {
    let draw = |level: usize, cells| -> Result<Vec<f64>, CoverageError> {
        let noise = noise_alone(sigmas[level], cells)?;
        Ok(noise.into_iter().map(|units| units as f64 / UNIT).collect())
    };
    let mut leaf = draw(0, PLACE_COUNT)?;
    let mut districts = draw(1, DISTRICT_COUNT)?;
    let mut city = draw(2, 1)?;
    for (place, voices) in truth.iter().enumerate() {
        leaf[place] += voices;
        districts[tree.district_of(place)] += voices;
        city[0] += voices;
    }
    let got = tree.reconcile(&leaf, &districts, city.first().copied())?;
    let mut nodes = [got.city; NODES];
    nodes[..PLACE_COUNT].copy_from_slice(&got.leaf);
    nodes[PLACE_COUNT..PLACE_COUNT + DISTRICT_COUNT].copy_from_slice(&got.districts);
    Ok(nodes)
}

fn node(at: usize) -> Node {
    match at.checked_sub(PLACE_COUNT) {
        None => Node::Leaf(at),
        Some(d) if d < DISTRICT_COUNT => Node::District(d),
        Some(_) => Node::City,
    }
}

/// Cells, net sentiments and differences of reconciled levels: 70, 20 and 10 % of the share.
fn levels(epsilon: f64, repetitions: u32) -> Result<Vec<CoverageRow>, CoverageError> {
    let level = |share: f64| sigma_units(epsilon, 0.5 * share, 4, UNIT);
    let sigmas = [level(0.7)?, level(0.2)?, level(0.1)?];
    let [leaf, district, city] = sigmas.map(|sigma| (f64::from(sigma) / UNIT).powi(2));
    let noise = LevelNoise { leaf, district: Some(district), city: Some(city) };
    let tree = PlaceTree::new(PLACE_COUNT, Some(&DISTRICTS), noise)?;
    let mut tallies = [
        Tally::each("levels: cell of a place"),
        Tally::each("levels: cell of a district"),
        Tally::each("levels: cell of the city"),
        Tally::each("levels: net sentiment of a place"),
        Tally::each("levels: net sentiment of a district"),
        Tally::each("levels: net sentiment of the city"),
        Tally::all_at_once("levels: 28 differences of places"),
    ];
    for _ in 0..repetitions {
        tallies.iter_mut().for_each(Tally::begin);
        for w in 0..WINDOWS {
            let truth: [Tones; PLACE_COUNT] = std::array::from_fn(|p| true_tones(p, w));
            let mut tones = [[0.0; NODES]; 3];
            for (t, tone) in tones.iter_mut().enumerate() {
                *tone = reconciled(&tree, sigmas, &truth.map(|place| place[t]))?;
            }
            let mut nets = [None; PLACE_COUNT];
            for (at, node) in (0..NODES).map(node).enumerate() {
                let within = |p: &usize| match node {
                    Node::Leaf(i) => i == *p,
                    Node::District(d) => tree.district_of(*p) == d,
                    Node::City => true,
                };
                let places = (0..PLACE_COUNT).filter(within);
                let truth = places.fold([0.0; 3], |sum, p| plus(sum, truth[p]));
                let sigma = tree.variance(node).sqrt();
                let noisy = [tones[0][at], tones[1][at], tones[2][at]];
                let kind = match node {
                    Node::Leaf(_) => 0,
                    Node::District(_) => 1,
                    Node::City => 2,
                };
                for (y, x) in noisy.iter().zip(truth) {
                    tallies[kind].see(Some(voices(*y, sigma)), x);
                }
                tallies[kind + 3].see(net_sentiment(noisy, sigma), true_net(truth));
                if let Some(net) = nets.get_mut(at) {
                    *net = Net::from_tones(noisy, sigma);
                }
            }
            let correlation = |i, j| tree.correlation(Node::Leaf(i), Node::Leaf(j));
            tallies[6].see_all(place_pairs(w, &nets, correlation));
        }
    }
    Ok(rows(tallies, epsilon))
}

/// The noise of a plan that gives running totals a tenth of the budget.
fn sigma_of_totals(epsilon: f64) -> Result<u32, CoverageError> {
    let spec = FamilySpec {
        id: "reach".into(),
        name: "residents so far".into(),
        grouping: Grouping { neighborhood: true, ..Grouping::default() },
        every_windows: 1,
        windows_max: 1,
        share_percent: 10,
        cells_max: 6,
        sigma_units: None,
        levels: Vec::new(),
        to_date_windows: Some(STEPS),
        from_window: None,
        until_window: None,
    };
    let key = |id: &str| vec![NamedKey { id: id.into(), name: id.into() }];
    let keys = KeySet { neighborhoods: key("place"), topics: key("other"), districts: Vec::new() };
    let plan = PrivacyPlan::new(Budget::new(epsilon, DELTA, STEPS)?, vec![spec], &keys)?;
    Ok(plan.families()[0].sigma_units())
}

/// Residents heard to date in each place, over 13 windows in which ever fewer are new.
fn totals(epsilon: f64, repetitions: u32) -> Result<Vec<CoverageRow>, CoverageError> {
    let matrix = PrefixMatrix::new(STEPS)?;
    let sigma_units = sigma_of_totals(epsilon)?;
    let mut tally = Tally::each("running total of 13 windows");
    for _ in 0..repetitions {
        tally.begin();
        for place in &PLACES {
            let voices_of = |s: usize| place[s % WINDOWS].iter().sum::<i64>();
            let new: Vec<i64> =
                (0..matrix.steps()).map(|s| voices_of(s) / (s as i64 + 1)).collect();
            let noise = noise_alone(sigma_units, new.len())?;
            let noisy: Vec<i64> = noise
                .iter()
                .enumerate()
                .map(|(t, noise)| matrix.encode(&new, t).unwrap_or(0) + noise)
                .collect();
            let mut truth = 0;
            for (total, new) in matrix.decode(&noisy)?.iter().zip(&new) {
                truth += new;
                let sigma = f64::from(sigma_units) * total.variance_factor.sqrt() / UNIT;
                tally.see(Some(voices(total.value / UNIT, sigma)), truth as f64 / UNIT);
            }
        }
    }
    Ok(rows([tally], epsilon))
}
