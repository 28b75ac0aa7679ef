//! Releases for people: a sentence per family, intervals drawn as bars, and who cannot be told
//! apart. Everything here reads released documents alone.

use std::collections::BTreeMap;

use super::numbers::{count, days, ends, signed};
use crate::{
    domain::{NamedKey, Sentiment},
    estimate::{
        city_wide, corrected_city, corrected_places, correction_matrices, noise_correlation,
        ranking, unread_voices,
    },
    release::{Document, Interval, Measure, Opinion, PrivacyUnit},
};

/// Characters in a bar from -1 to +1.
const BAR_WIDTH: usize = 41;
/// What no interval of a table by topic covers.
const TOPIC_CAVEAT: &str = "  A classifier tells the topics; its mistakes are not in the intervals. \
                            What it cannot place counts under Other, complaints less often than \
                            praise and questions.\n";
/// Most characters of a name in a table.
const NAME_WIDTH: usize = 26;

/// The summary of a run: the newest release of every family, then the budget.
pub(super) fn newest(documents: &[&Document]) -> String {
    let Some(last) = documents.iter().map(|document| document.window.last).max() else {
        return String::from(
            "Nothing has been released yet: no window is past its closing time.\n",
        );
    };
    let mut text = String::new();
    let mut newest: BTreeMap<(u8, &str), &Document> = BTreeMap::new();
    for document in documents {
        let kept = newest.entry((rank(document), &document.family.id)).or_insert(document);
        if kept.window.last <= document.window.last {
            *kept = document;
        }
    }
    for document in newest.values() {
        text += &section(document);
        text += &city_corrected(document);
        text.push('\n');
    }
    if let Some(document) = documents.iter().find(|document| document.window.last == last) {
        text += &budget(document);
    }
    text
}

/// Moods before counts, the broad before the fine.
fn rank(document: &Document) -> u8 {
    let grouping = document.family.grouping;
    match (grouping.sentiment, grouping.neighborhood, grouping.topic) {
        (true, _, false) => 0,
        (true, false, true) => 1,
        (true, true, true) => 2,
        (false, _, _) => 3,
    }
}

/// One release, whole: its section, then its guarantee.
pub(super) fn release(document: &Document) -> String {
    let mut text = section(document);
    text += &corrected(document);
    text.push('\n');
    text += &budget(document);
    text += &format!("  noise      {}; {}\n", document.privacy.mechanism, scales(document));
    text += &format!("  adjacency  {}\n", document.privacy.adjacency);
    for line in &document.privacy.not_covered {
        text += &format!("  not covered: {line}\n");
    }
    for line in &document.model.measured {
        text += &format!("  classifier: {line}\n");
    }
    for line in &document.model.evaluation.served_worse {
        text += &format!("  classifier serves worse: {line}\n");
    }
    text
}

/// The whole city corrected for the classifier's mistakes, in a line.
fn city_corrected(document: &Document) -> String {
    let grouping = document.family.grouping;
    let city = corrected_city(document, None).filter(|_| grouping.sentiment && !grouping.topic);
    let Some(net) = city else { return String::new() };
    format!(
        "  the whole city corrected for the classifier's mistakes: {} {}; see `undertone release \
         show {}.{:05}`\n",
        signed(net.value),
        ends(net),
        document.family.id,
        document.window.last,
    )
}

/// The table corrected for the classifier's mistakes, where the release says how often it errs.
fn corrected(document: &Document) -> String {
    let grouping = document.family.grouping;
    let places = corrected_places(document);
    let matrices = correction_matrices(document);
    if places.is_empty() || (grouping.neighborhood && grouping.topic) {
        return String::new();
    }
    let mut text = format!(
        "  The same, corrected for the classifier's mistakes, if it errs here as on {}:\n",
        matrices
            .iter()
            .map(|m| format!("{} ({})", m.set, m.source))
            .collect::<Vec<_>>()
            .join(" or ")
    );
    for place in &places {
        let names = [
            place.neighborhood.as_deref().map(|id| name(&document.keys.neighborhoods, id)),
            place.topic.as_deref().map(|id| name(&document.keys.topics, id)),
        ];
        let name = match names.into_iter().flatten().next() {
            Some(name) => cut(&name),
            None => "the whole city".to_owned(),
        };
        text += &format!("  {name:<NAME_WIDTH$} {}\n", bar(place.net_sentiment));
    }
    text
}

/// The noise of each level; of a running total, that of the released sums.
fn scales(document: &Document) -> String {
    let finest = document.privacy.sigma_voices;
    if document.to_date.is_some() {
        return format!("sigma {finest:.2} voices in the released sums, before totals are decoded");
    }
    let mut text = format!("sigma {finest:.2} voices in every cell");
    for scale in &document.privacy.wider_levels {
        text += &format!(", {:.2} by {}", scale.sigma_voices, scale.level.as_str());
    }
    text
}

fn section(document: &Document) -> String {
    let mut text = format!(
        "{} · {} · {}\n",
        document.pipeline.title,
        document.family.name,
        days(&document.window.from, &document.window.until),
    );
    let grouping = document.family.grouping;
    match (grouping.sentiment, grouping.neighborhood, grouping.topic) {
        (false, _, _) => text += &counts(document),
        (true, true, true) => text += &detail(document),
        (true, _, topic) => {
            if !topic {
                text += &headline(document);
            }
            text += &opinions(document);
        }
    }
    if grouping.topic {
        text += TOPIC_CAVEAT;
    }
    text
}

fn headline(document: &Document) -> String {
    let mut text = String::new();
    match city_wide(document, None) {
        Some(Measure::Estimate(net)) => {
            let reading = match (net.low > 0.0, net.high < 0.0) {
                (true, _) => "more positive than negative",
                (_, true) => "more negative than positive",
                _ => "neither side is ahead by more than the noise",
            };
            text += &format!("  Of the people who posted, {reading}.\n");
            text += &format!("  {:<NAME_WIDTH$} {}\n", "the whole city", bar(net));
        }
        Some(Measure::Measuring { voices_min }) => {
            text += &format!("  the whole city: measuring, needs about {voices_min:.0} voices\n");
        }
        None => {}
    }
    text += &districts(document);
    if let Some(unread) = unread_voices(document) {
        text += &format!(
            "  not read (another language, or withheld): about {} voices\n",
            count(unread)
        );
    }
    text
}

/// Districts under the city, where the plan measures them.
fn districts(document: &Document) -> String {
    let mut text = String::new();
    for opinion in &document.wider_opinions {
        let keys = &document.keys.districts;
        let district = keys.iter().find(|d| Some(&d.key.id) == opinion.district.as_ref());
        let Some(district) = district else { continue };
        let name = cut(&district.key.name);
        match opinion.net_sentiment.estimate() {
            Some(net) => text += &format!("  {name:<NAME_WIDTH$} {}\n", bar(net)),
            None => text += &format!("  {name:<NAME_WIDTH$} measuring, not enough voices yet\n"),
        }
    }
    text
}

fn opinions(document: &Document) -> String {
    if document.opinions.len() == 1 {
        return String::new(); // the headline has said it
    }
    let ranked = ranking(&document.opinions, &noise_correlation(document));
    let mut text = String::new();
    if !ranked.is_empty() {
        text += &format!(
            "  {:<NAME_WIDTH$} {:<BAR_WIDTH$}  net  95 % interval   alike\n",
            "",
            format!("-1{:>width$}", "+1", width = BAR_WIDTH - 2)
        );
    }
    for place in &ranked {
        let name = name_of(document, place.opinion);
        text += &format!("  {name:<NAME_WIDTH$} {} {}\n", bar(place.net_sentiment), place.groups);
    }
    let measuring = measuring(document);
    if !measuring.is_empty() {
        text += &format!("  measuring, not enough voices yet: {}\n", measuring.join(", "));
    }
    if ranked.len() > 1 {
        text += "  Rows that share a letter cannot be told apart.\n";
    }
    text
}

/// Neighbourhood by topic: the few pairs whose interval leaves zero out, and how many measure on.
fn detail(document: &Document) -> String {
    let ranked = ranking(&document.opinions, &noise_correlation(document));
    let clear: Vec<_> = ranked.iter().filter(|r| r.net_sentiment.excludes(0.0)).collect();
    let mut text = String::new();
    for place in &clear {
        let name = name_of(document, place.opinion);
        text += &format!("  {name:<44} {}\n", bar(place.net_sentiment));
    }
    let measuring = document.opinions.len() - ranked.len();
    text += &format!(
        "  {} of {} pairs lean one way beyond the noise, {} do not, {measuring} are measuring\n",
        clear.len(),
        document.opinions.len(),
        ranked.len() - clear.len(),
    );
    text
}

fn counts(document: &Document) -> String {
    let mut text = String::new();
    for cell in &document.cells {
        let names = [
            cell.neighborhood.as_deref().map(|id| name(&document.keys.neighborhoods, id)),
            cell.topic.as_deref().map(|id| name(&document.keys.topics, id)),
        ];
        let mut names: Vec<_> = names.into_iter().flatten().collect();
        if cell.sentiment == Some(Sentiment::Unread) {
            names.push("not read".to_owned());
        }
        // A voice over several topics is a part of a resident in each.
        let what = if document.family.grouping.topic { "voices" } else { "residents" };
        let names = cut(&names.join(", "));
        text += &format!("  {names:<NAME_WIDTH$} {} {what}\n", count(cell.voices));
    }
    text
}

fn budget(document: &Document) -> String {
    let (period, life) = (&document.privacy.all_per_period, &document.privacy.lifetime);
    let windows = match document.privacy.period_windows {
        1 => "each window".to_owned(),
        windows => format!("any {windows} consecutive windows together"),
    };
    let unit = match document.privacy.unit {
        PrivacyUnit::Resident => "resident",
        PrivacyUnit::Comment => "comment (event level: the source names no account)",
    };
    format!(
        "Privacy budget per {unit}: epsilon {:.3} at delta {:.0e} (rho {:.6}) for {windows}; \
         since the first window at most epsilon {:.3}.\n",
        period.epsilon, period.delta, period.rho, life.epsilon,
    )
}

fn measuring(document: &Document) -> Vec<String> {
    let waits = |opinion: &&Opinion| opinion.net_sentiment.estimate().is_none();
    document.opinions.iter().filter(waits).map(|opinion| name_of(document, opinion)).collect()
}

fn name_of(document: &Document, opinion: &Opinion) -> String {
    let names = [
        opinion.neighborhood.as_deref().map(|id| name(&document.keys.neighborhoods, id)),
        opinion.topic.as_deref().map(|id| name(&document.keys.topics, id)),
    ];
    let names: Vec<_> = names.into_iter().flatten().map(|name| cut(&name)).collect();
    names.join(": ")
}

fn name(keys: &[NamedKey], id: &str) -> String {
    keys.iter().find(|key| key.id == id).map_or_else(|| id.to_owned(), |key| key.name.clone())
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME_WIDTH {
        return name.to_owned();
    }
    name.chars().take(NAME_WIDTH - 1).chain(['…']).collect()
}

/// An interval within -1..+1: `├──●──┤` over a dotted axis with a mark at zero.
fn bar(interval: Interval) -> String {
    let at = |value: f64| {
        let share = (value.clamp(-1.0, 1.0) + 1.0) / 2.0;
        (share * (BAR_WIDTH - 1) as f64).round() as usize
    };
    let mut cells = vec!['·'; BAR_WIDTH];
    cells[at(0.0)] = '│';
    let (low, high) = (at(interval.low), at(interval.high));
    cells[low..=high].fill('─');
    cells[low] = '├';
    cells[high] = '┤';
    cells[at(interval.value)] = '●';
    let drawn: String = cells.into_iter().collect();
    format!("{drawn} {} {}", signed(interval.value), ends(interval))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        estimate::known::{release, sides},
        release::ToneErrors,
    };

    /// More for than against; the classifier calls much of what is negative positive.
    fn mistaken() -> Document {
        let mut document = release("ns", 3, |_, _, tone| sides(400.0, 300.0)(tone));
        document.model.languages = vec!["en".into()];
        document.model.evaluation.tone_errors = vec![ToneErrors {
            source: "comments".into(),
            language: "en".into(),
            set: "x".into(),
            confusion: [[60, 10, 30], [20, 60, 20], [5, 15, 80]],
        }];
        document
    }

    #[test]
    fn newest_release_tells_the_corrected_city_in_a_line_and_its_last_day() {
        let document = mistaken();
        let text = newest(&[&document]);
        let line = text.lines().find(|line| line.contains("corrected for")).unwrap();
        let told = corrected_city(&document, None).unwrap();
        assert!(line.contains(&format!("{} {}", signed(told.value), ends(told))), "{line}");
        assert!(line.ends_with("see `undertone release show by-ns.00003`"), "{line}");
        assert!(text.contains("2026-01-26 to 2026-02-01"), "{text}");
        let unmeasured = release("ns", 3, |_, _, tone| sides(400.0, 300.0)(tone));
        assert!(!newest(&[&unmeasured]).contains("corrected"), "no matrix, no correction");
    }

    #[test]
    fn count_of_people_is_never_below_zero() {
        let document = release("ns", 3, |_, _, tone| match tone {
            Some(Sentiment::Unread) => -9.0,
            tone => sides(400.0, 300.0)(tone),
        });
        let text = newest(&[&document]);
        assert!(text.contains("withheld): about 0, at most "), "{text}");
    }

    #[test]
    fn bar_spans_its_interval_and_marks_zero() {
        let drawn = bar(Interval { value: 0.5, low: 0.25, high: 0.75 });
        let cells: Vec<char> = drawn.chars().take(BAR_WIDTH).collect();
        assert_eq!((cells[20], cells[25], cells[30], cells[35]), ('│', '├', '●', '┤'));
        assert!(drawn.ends_with("+0.50 [+0.25, +0.75]"));
        let drawn = bar(Interval { value: 0.504, low: 0.2549, high: 0.7501 });
        assert!(drawn.ends_with("+0.50 [+0.25, +0.76]"));
    }

    #[test]
    fn bar_of_the_extremes_stays_within_its_width() {
        let drawn = bar(Interval { value: 1.0, low: -1.0, high: 1.0 });
        assert_eq!(drawn.chars().take(BAR_WIDTH).last(), Some('●'));
    }
}
