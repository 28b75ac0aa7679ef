//! What was measured of the encoders, as a table for people and as JSON for machines.

use std::fmt::Write as _;

use serde::Serialize;

use super::{
    engines::NotMeasured,
    identity::{self, Way},
    rates::Range,
    ratios::{Ratio, grouped, ratios, tell_ratios},
    rounds::{Measured, Plan},
};

/// An engine beside the exact one and beside the machine.
pub(super) struct Compared {
    pub measured: Measured<()>,
    /// Mean and least, to the exact vectors; none if those could not be had.
    pub cosine: Option<(f64, f64)>,
    /// Of the linear layers, over all CPU time of the engine.
    pub operations_per_cpu_s: f64,
    /// Of products alone, on the path of ours in int8.
    pub peak_operations_per_cpu_s: Option<f64>,
}

/// All that a run found.
pub(super) struct Report {
    pub file: String,
    pub texts: usize,
    /// Of the linear layers, for a text of the mean length.
    pub operations_per_text: f64,
    pub plan: Plan,
    pub engines: Vec<Compared>,
    pub ways: Vec<Way>,
    pub not_measured: Vec<NotMeasured>,
}

/// The report as JSON.
#[derive(Serialize)]
pub(super) struct Machine<'a> {
    file: &'a str,
    texts: usize,
    rounds: usize,
    threads: usize,
    operations_per_text: f64,
    engines: Vec<Row<'a>>,
    ratios: Vec<Ratio<'a>>,
    bits_equal: bool,
    bits: &'a [Way],
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
    cosine_mean: Option<f64>,
    cosine_min: Option<f64>,
    operations_per_cpu_s: f64,
    peak_operations_per_cpu_s: Option<f64>,
    share_of_peak: Option<f64>,
}

impl Compared {
    fn share_of_peak(&self) -> Option<f64> {
        self.peak_operations_per_cpu_s.map(|peak| self.operations_per_cpu_s / peak)
    }
}

impl Report {
    fn measured(&self) -> impl Iterator<Item = &Measured<()>> {
        self.engines.iter().map(|one| &one.measured)
    }

    /// For machines.
    pub fn machine(&self) -> Machine<'_> {
        Machine {
            file: &self.file,
            texts: self.texts,
            rounds: self.plan.rounds,
            threads: self.plan.threads,
            operations_per_text: self.operations_per_text,
            engines: self.engines.iter().map(Row::of).collect(),
            ratios: ratios(self.measured()),
            bits_equal: identity::holds(&self.ways),
            bits: &self.ways,
            not_measured: &self.not_measured,
        }
    }

    /// For people.
    pub fn told(&self) -> String {
        let Plan { rounds, threads, .. } = self.plan;
        let mut told = format!(
            "{} texts of {}, {rounds} rounds in turn, threads: {threads}; {:.0} million operations a \
             text\n",
            grouped(self.texts as f64),
            self.file,
            self.operations_per_text / 1e6,
        );
        self.tell_engines(&mut told);
        tell_ratios(&mut told, &ratios(self.measured()));
        self.tell_ways(&mut told);
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
            "\n{:20} {:>16}  {:>15}  {:>6}  {:>5}  {:>7} {:>7}  {:>5}  {:>5}",
            "", "texts/CPU second", "range", "wall", "MiB", "cosine", "least", "GOP/s", "peak"
        );
        for one in &self.engines {
            let (measured, cpu) = (&one.measured, &one.measured.texts_per_cpu_s);
            let cosine = |pick: fn((f64, f64)) -> f64| {
                one.cosine.map_or_else(|| "-".into(), |both| format!("{:.5}", pick(both)))
            };
            let share = one.share_of_peak();
            let _ = writeln!(
                told,
                "{:20} {:>16}  {:>15}  {:>6}  {:>5.0}  {:>7} {:>7}  {:>5.0}  {:>5}",
                measured.engine.id,
                grouped(cpu.median),
                format!("{}-{}", grouped(cpu.min), grouped(cpu.max)),
                grouped(measured.texts_per_wall_s.median),
                measured.memory_mib_peak,
                cosine(|both| both.0),
                cosine(|both| both.1),
                one.operations_per_cpu_s / 1e9,
                share.map_or_else(|| "-".into(), |share| format!("{:.0} %", 100.0 * share)),
            );
        }
        told.push('\n');
        for one in &self.engines {
            let Measured { engine, name, start_cpu_s, .. } = &one.measured;
            let peak = one.peak_operations_per_cpu_s;
            let peak = peak.map(|peak| format!("; products alone {:.0} GOP/s", peak / 1e9));
            let peak = peak.unwrap_or_default();
            let _ =
                writeln!(told, "{:20} {name}; {start_cpu_s:.2} CPU s to start{peak}", engine.id);
        }
    }

    fn tell_ways(&self, told: &mut String) {
        let Some(first) = self.ways.first() else { return };
        if identity::holds(&self.ways) {
            let how: Vec<_> = self.ways.iter().map(|way| way.how.as_str()).collect();
            let _ =
                writeln!(told, "\nthe same bits: {}\n  SHA-256 {}", how.join("; "), first.sha256);
        } else {
            told.push_str("\nNOT THE SAME BITS\n");
            for Way { how, sha256 } in &self.ways {
                let _ = writeln!(told, "  {sha256}  {how}");
            }
        }
    }
}

impl<'a> Row<'a> {
    fn of(one: &'a Compared) -> Self {
        let measured = &one.measured;
        Row {
            id: &measured.engine.id,
            name: &measured.name,
            texts_per_cpu_s: &measured.texts_per_cpu_s,
            texts_per_wall_s: &measured.texts_per_wall_s,
            memory_mib_peak: measured.memory_mib_peak,
            start_cpu_s: measured.start_cpu_s,
            cosine_mean: one.cosine.map(|(mean, _)| mean),
            cosine_min: one.cosine.map(|(_, least)| least),
            operations_per_cpu_s: one.operations_per_cpu_s,
            peak_operations_per_cpu_s: one.peak_operations_per_cpu_s,
            share_of_peak: one.share_of_peak(),
        }
    }
}
