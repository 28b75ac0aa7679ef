//! `undertone release compare`: who differs from whom beyond the noise, all at once.

use anyhow::anyhow;
use serde_json::json;

use super::{
    Failure,
    data_folder::DataArg,
    numbers::{days, ends, signed},
    out,
};
use crate::{
    estimate::{Comparison, Pair, between_places, between_windows},
    release::{Document, Opinion, rounded_end},
};

/// Arguments of `release compare`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone release compare --data data/riverton
  undertone release compare --places old-quay,cedar-hill,millrace --window 3
  undertone release compare --windows 14,15")]
pub(super) struct Args {
    #[command(flatten)]
    pub data: DataArg,
    /// Query family; left out, the first mood by neighbourhood
    #[arg(long)]
    family: Option<String>,
    /// Ids to compare, or `all`
    #[arg(long, value_delimiter = ',', default_value = "all")]
    places: Vec<String>,
    /// The window that the release ends with; left out, the newest
    #[arg(long, value_name = "N", conflicts_with = "windows")]
    window: Option<u32>,
    /// Compare each place with itself in two windows: EARLIER,LATER
    #[arg(long, value_name = "A,B", value_delimiter = ',', num_args = 1)]
    windows: Vec<u32>,
    /// JSON for machines
    #[arg(long)]
    json: bool,
}

/// Compares what `documents`, the published releases, say.
pub(super) fn run(args: &Args, documents: &[&Document]) -> Result<(), Failure> {
    let family = family(documents, args.family.as_deref())?;
    let releases: Vec<&Document> =
        documents.iter().copied().filter(|document| document.family.id == family).collect();
    let (title, comparison) = match args.windows[..] {
        [] => places(args, &releases)?,
        [earlier, later] => {
            let earlier = ending(&releases, Some(earlier))?;
            windows(args, earlier, ending(&releases, Some(later))?)?
        }
        _ => return Err(usage("--windows takes two windows: EARLIER,LATER")),
    };
    if args.json {
        return out::json(&json!({"family": family, "title": title, "comparison": comparison}));
    }
    out::text(&format!("{title}\n{}", readable(&comparison, args.windows.is_empty())))
}

fn usage(message: impl std::fmt::Display) -> Failure {
    Failure::usage(anyhow!("{message}"))
}

/// The family asked for, else the first that says something of neighbourhoods alone.
fn family(documents: &[&Document], asked: Option<&str>) -> Result<String, Failure> {
    let fits = |document: &&&Document| match asked {
        Some(id) => document.family.id == id,
        None => document.family.grouping.neighborhood && !document.family.grouping.topic,
    };
    let with_mood = documents.iter().filter(|document| !document.opinions.is_empty());
    let mut families: Vec<&str> = with_mood.clone().map(|d| d.family.id.as_str()).collect();
    families.sort_unstable();
    families.dedup();
    with_mood.clone().find(fits).map(|document| document.family.id.clone()).ok_or_else(|| {
        let families = families.join(", ");
        usage(format!("no such family with a net sentiment; --family takes one of: {families}"))
    })
}

fn ending<'a>(releases: &[&'a Document], window: Option<u32>) -> Result<&'a Document, Failure> {
    let Some(window) = window else {
        let newest = releases.iter().max_by_key(|document| document.window.last);
        return newest.copied().ok_or_else(|| usage("nothing has been released of this family"));
    };
    releases.iter().find(|document| document.window.last == window).copied().ok_or_else(|| {
        let known: Vec<String> = releases.iter().map(|d| d.window.last.to_string()).collect();
        usage(format!("no release ends with window {window}; there are: {}", known.join(", ")))
    })
}

fn places(args: &Args, releases: &[&Document]) -> Result<(String, Comparison), Failure> {
    let document = ending(releases, args.window)?;
    let chosen = chosen(document, &args.places)?;
    if chosen.len() < 2 {
        return Err(usage("name two places or more, or `all`"));
    }
    let title = format!(
        "{} · {} · {}",
        document.pipeline.title,
        document.family.name,
        days(&document.window.from, &document.window.until)
    );
    Ok((title, between_places(document, &chosen)))
}

/// The opinions named, by place or topic.
fn chosen(document: &Document, asked: &[String]) -> Result<Vec<usize>, Failure> {
    if asked.iter().any(|id| id == "all") {
        return Ok((0..document.opinions.len()).collect());
    }
    let is = |opinion: &Opinion, id: &str| {
        opinion.neighborhood.as_deref() == Some(id) || opinion.topic.as_deref() == Some(id)
    };
    for id in asked {
        if !document.opinions.iter().any(|opinion| is(opinion, id)) {
            return Err(usage(format!("the family has no place or topic `{id}`")));
        }
    }
    let named = |opinion: &Opinion| asked.iter().any(|id| is(opinion, id));
    let found = document.opinions.iter().enumerate().filter(|(_, opinion)| named(opinion));
    Ok(found.map(|(at, _)| at).collect())
}

fn windows(
    args: &Args,
    earlier: &Document,
    later: &Document,
) -> Result<(String, Comparison), Failure> {
    if earlier.window.last >= later.window.last {
        return Err(usage("--windows takes two different windows, the earlier first"));
    }
    let title = format!(
        "{} · {} · {} against {}",
        later.pipeline.title,
        later.family.name,
        days(&later.window.from, &later.window.until),
        days(&earlier.window.from, &earlier.window.until),
    );
    let chosen = chosen(later, &args.places)?;
    Ok((title, between_windows(later, earlier, &chosen)))
}

fn readable(comparison: &Comparison, places: bool) -> String {
    let mut pairs: Vec<&Pair> = comparison.pairs.iter().collect();
    pairs.sort_by(|a, b| b.difference.value.abs().total_cmp(&a.difference.value.abs()));
    let apart = pairs.iter().filter(|pair| pair.apart()).count();
    let mut text = format!(
        "{} compared, {apart} told apart; the intervals hold for all {} at once with {:.0} %.\n\n",
        count(comparison.comparisons, if places { "pair" } else { "place" }),
        comparison.comparisons,
        100.0 * comparison.confidence,
    );
    for pair in pairs.iter().filter(|pair| pair.apart()) {
        text += &sentence(pair, places);
    }
    if apart > 0 {
        text.push('\n');
    }
    let width = pairs.iter().map(|pair| label(pair, places).chars().count()).max().unwrap_or(0);
    for pair in &pairs {
        let (label, d) = (label(pair, places), pair.difference);
        let verdict = if pair.apart() { "differ" } else { "not told apart" };
        text += &format!("  {label:<width$} {} {}  {verdict}\n", signed(d.value), ends(d));
    }
    if !comparison.measuring.is_empty() {
        let measuring = comparison.measuring.join(", ");
        text += &format!("  left out, measuring (not enough voices): {measuring}\n");
    }
    text + "Differences of net sentiment, from -2 to 2; the intervals cover the privacy noise only.\n"
}

fn count(number: usize, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}

fn label(pair: &Pair, places: bool) -> String {
    if places { format!("{} - {}", pair.first, pair.second) } else { pair.first.clone() }
}

/// "Harbor is more positive than Oak Hill by 0.12, between 0.03 and 0.21."
fn sentence(pair: &Pair, places: bool) -> String {
    let d = pair.difference;
    let (by, low, high) =
        (d.value.abs(), d.low.abs().min(d.high.abs()), d.low.abs().max(d.high.abs()));
    let (low, high) = (rounded_end(low, f64::floor), rounded_end(high, f64::ceil));
    let bounds = format!("by {by:.2}, between {low} and {high}");
    let (first, second) = (&pair.first, &pair.second);
    match (places, d.value > 0.0) {
        (true, true) => format!("{first} is more positive than {second} {bounds}.\n"),
        (true, false) => format!("{second} is more positive than {first} {bounds}.\n"),
        (false, true) => format!("{first} became more positive {bounds}.\n"),
        (false, false) => format!("{first} became more negative {bounds}.\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Interval;

    fn pair(value: f64, low: f64, high: f64) -> Pair {
        let difference = Interval { value, low, high };
        Pair { first: "Harbor".into(), second: "Oak Hill".into(), difference }
    }

    #[test]
    fn sentence_names_the_more_positive_place_first_and_keeps_its_bounds_in_order() {
        let there = sentence(&pair(0.12, 0.03, 0.21), true);
        assert_eq!(
            there,
            "Harbor is more positive than Oak Hill by 0.12, between 0.03 and 0.21.\n"
        );
        let near = sentence(&pair(0.12, 0.0041, 0.2349), true);
        assert!(near.contains("by 0.12, between 0.004 and 0.24"), "ends go outwards: {near}");
        let back = sentence(&pair(-0.12, -0.21, -0.03), true);
        assert_eq!(back, "Oak Hill is more positive than Harbor by 0.12, between 0.03 and 0.21.\n");
        let fell = sentence(&pair(-0.12, -0.21, -0.03), false);
        assert_eq!(fell, "Harbor became more negative by 0.12, between 0.03 and 0.21.\n");
    }

    #[test]
    fn table_says_how_many_intervals_hold_at_once_and_who_is_left_out() {
        let comparison = Comparison {
            comparisons: 3,
            confidence: 0.95,
            quantile: 2.4,
            pairs: vec![pair(0.12, -0.03, 0.27)],
            measuring: vec!["Mill".into()],
        };
        let text = readable(&comparison, true);
        assert!(
            text.contains("3 pairs compared, 0 told apart; the intervals hold for all 3"),
            "{text}"
        );
        assert!(text.contains("Harbor - Oak Hill +0.12 [-0.03, +0.27]  not told apart"), "{text}");
        assert!(text.contains("measuring (not enough voices): Mill"), "{text}");
    }
}
