//! What was measured, as a table for people and as JSON for machines.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;

use super::{
    engines::NotMeasured,
    rates::Range,
    ratios::{Ratio, grouped, ratios, tell_ratios},
    rounds::{Measured, Plan},
};
use crate::text::{Score, Scorecard};

/// An engine with its score.
pub(super) struct Judged {
    pub measured: Measured<()>,
    pub card: Scorecard,
    /// Texts that it refused.
    pub refused: usize,
}

/// All that a run found.
pub(super) struct Report {
    pub gold: String,
    pub texts: usize,
    pub plan: Plan,
    pub engines: Vec<Judged>,
    pub not_measured: Vec<NotMeasured>,
}

/// The report as JSON.
#[derive(Serialize)]
pub(super) struct Machine<'a> {
    gold: &'a str,
    texts: usize,
    rounds: usize,
    threads: usize,
    engines: Vec<Row<'a>>,
    ratios: Vec<Ratio<'a>>,
    not_measured: &'a [NotMeasured],
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    texts_per_cpu_s: &'a Range,
    texts_per_wall_s: &'a Range,
    memory_mib_peak: f64,
    start_cpu_s: f64,
    refused: usize,
    #[serde(flatten)]
    rates: Rates,
    keeps_touched: u64,
    keeps: u64,
    types: BTreeMap<&'a str, Option<f64>>,
}

/// Shares; null where there is nothing to share.
#[derive(Serialize)]
struct Rates {
    recall: Option<f64>,
    full: Option<f64>,
    leak: Option<f64>,
    over: Option<f64>,
}

impl Report {
    fn measured(&self) -> impl Iterator<Item = &Measured<()>> {
        self.engines.iter().map(|one| &one.measured)
    }

    /// For machines.
    pub fn machine(&self) -> Machine<'_> {
        Machine {
            gold: &self.gold,
            texts: self.texts,
            rounds: self.plan.rounds,
            threads: self.plan.threads,
            engines: self.engines.iter().map(Row::of).collect(),
            ratios: ratios(self.measured()),
            not_measured: &self.not_measured,
        }
    }

    /// For people.
    pub fn told(&self) -> String {
        let Plan { rounds, threads, .. } = self.plan;
        let mut told = format!(
            "{} texts of {}, {rounds} rounds in turn, threads: {threads}\n",
            grouped(self.texts as f64),
            self.gold
        );
        self.tell_engines(&mut told);
        tell_ratios(&mut told, &ratios(self.measured()));
        self.tell_types(&mut told);
        if !self.not_measured.is_empty() {
            told += "\nnot measured\n";
        }
        for NotMeasured { id, why } in &self.not_measured {
            let _ = writeln!(told, "  {id}: {why}");
        }
        told
    }

    fn tell_engines(&self, told: &mut String) {
        let _ = writeln!(
            told,
            "\n{:24} {:>17}  {:>17}  {:>6}  {:>5}  {:>6} {:>6} {:>6} {:>6} {:>7}",
            "",
            "texts/CPU second",
            "range",
            "wall",
            "MiB",
            "recall",
            "full",
            "leak",
            "over",
            "keeps"
        );
        for Judged { measured, card, .. } in &self.engines {
            let (cpu, score) = (&measured.texts_per_cpu_s, &card.total);
            let _ = writeln!(
                told,
                "{:24} {:>17}  {:>17}  {:>6}  {:>5.0}  {:>6} {:>6} {:>6} {:>6} {:>7}",
                measured.engine.id,
                grouped(cpu.median),
                format!("{}-{}", grouped(cpu.min), grouped(cpu.max)),
                grouped(measured.texts_per_wall_s.median),
                measured.memory_mib_peak,
                share(score.recall()),
                share(score.full()),
                share(score.leak()),
                share(score.over()),
                format!("{}/{}", score.keeps_touched, score.keeps),
            );
        }
        told.push('\n');
        for Judged { measured, refused, .. } in &self.engines {
            let said = if *refused > 0 { format!("; refused {refused}") } else { String::new() };
            let Measured { engine, name, start_cpu_s, .. } = measured;
            let _ =
                writeln!(told, "{:24} {name}; {start_cpu_s:.2} CPU s to start{said}", engine.id);
        }
    }

    fn tell_types(&self, told: &mut String) {
        let Some(first) = self.engines.first().filter(|one| !one.card.by_type.is_empty()) else {
            return;
        };
        let ids = || self.engines.iter().map(|one| one.measured.engine.id.as_str());
        let _ = write!(told, "\n{:28} {:>6}", "recall by type", "spans");
        ids().for_each(|id| told.push_str(&format!("  {id:>6}")));
        told.push('\n');
        let mut types: Vec<_> = first.card.by_type.iter().collect();
        types.sort_by_key(|(name, score)| (std::cmp::Reverse(score.spans), *name));
        for (name, score) in types {
            let _ = write!(told, "  {name:26} {:>6}", score.spans);
            for (Judged { card, .. }, id) in self.engines.iter().zip(ids()) {
                let recall = share(card.by_type.get(name).and_then(Score::recall));
                let _ = write!(told, "  {recall:>width$}", width = id.len().max(6));
            }
            told.push('\n');
        }
    }
}

impl<'a> Row<'a> {
    fn of(one: &'a Judged) -> Self {
        let Judged { measured, card, refused } = one;
        let score = &card.total;
        Row {
            id: &measured.engine.id,
            name: &measured.name,
            texts_per_cpu_s: &measured.texts_per_cpu_s,
            texts_per_wall_s: &measured.texts_per_wall_s,
            memory_mib_peak: measured.memory_mib_peak,
            start_cpu_s: measured.start_cpu_s,
            refused: *refused,
            rates: Rates {
                recall: score.recall(),
                full: score.full(),
                leak: score.leak(),
                over: score.over(),
            },
            keeps_touched: score.keeps_touched,
            keeps: score.keeps,
            types: card.by_type.iter().map(|(name, s)| (name.as_str(), s.recall())).collect(),
        }
    }
}

fn share(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".into(), |rate| format!("{rate:.4}"))
}
