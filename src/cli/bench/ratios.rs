//! Ours over every peer, round by round, and how figures are written.

use std::fmt::Write as _;

use serde::Serialize;

use super::{rates::Range, rounds::Measured};

/// One of ours over one of the peers.
#[derive(Serialize)]
pub(super) struct Ratio<'a> {
    of: &'a str,
    over: &'a str,
    /// Of texts per CPU second, round by round.
    texts_per_cpu_s: Range,
    /// The peer's peak memory over ours.
    memory_saved: f64,
}

/// Each of ours over every peer.
pub(super) fn ratios<'a>(measured: impl Iterator<Item = &'a Measured<()>>) -> Vec<Ratio<'a>> {
    let (ours, peers): (Vec<_>, Vec<_>) = measured.partition(|one| one.engine.ours);
    let mut ratios = Vec::new();
    for one in ours {
        for peer in &peers {
            if let Some(texts_per_cpu_s) = one.texts_per_cpu_s.over(&peer.texts_per_cpu_s) {
                let (of, over) = (&one.engine.id, &peer.engine.id);
                let memory_saved = peer.memory_mib_peak / one.memory_mib_peak;
                ratios.push(Ratio { of, over, texts_per_cpu_s, memory_saved });
            }
        }
    }
    ratios
}

/// Tells them to people.
pub(super) fn tell_ratios(told: &mut String, ratios: &[Ratio<'_>]) {
    if !ratios.is_empty() {
        told.push_str("\nours over the peer, texts per CPU second, round by round\n");
    }
    for Ratio { of, over, texts_per_cpu_s: Range { median, min, max, .. }, memory_saved } in ratios
    {
        let [median, min, max] = [*median, *min, *max].map(times);
        let _ = writeln!(
            told,
            "  {:36} {median:>8}  {:20} its memory over ours {memory_saved:.1}",
            format!("{of} / {over}"),
            format!("({min}-{max})"),
        );
    }
}

/// A ratio, with the figures that a small one needs.
fn times(ratio: f64) -> String {
    if ratio < 0.1 { format!("{ratio:.4}") } else { format!("{ratio:.2}") }
}

/// A count with a comma before each three figures; one figure after the point below 100.
pub(super) fn grouped(count: f64) -> String {
    if count < 100.0 && count.fract() > 0.0 {
        return format!("{count:.1}");
    }
    let figures = format!("{count:.0}");
    let mut out = String::new();
    for (at, figure) in figures.chars().enumerate() {
        if at > 0 && (figures.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(figure);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_ratio_keeps_its_figures() {
        assert_eq!(
            [0.00042, 0.0999, 0.5, 12.345].map(times),
            ["0.0004", "0.0999", "0.50", "12.35"]
        );
    }

    #[test]
    fn counts_are_grouped_by_three() {
        assert_eq!(
            [4.0, 59.34, 999.6, 12_345.0, 1e6].map(grouped),
            ["4", "59.3", "1,000", "12,345", "1,000,000"]
        );
    }
}
