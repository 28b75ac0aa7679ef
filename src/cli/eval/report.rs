//! What a measurement says, for people and for machines.

use std::fmt::Write as _;

use serde::Serialize;

use super::{
    groups::Group,
    measure::{Figure, Wanted},
};

/// One set, measured.
#[derive(Serialize)]
pub(super) struct Report {
    /// Its name.
    pub set: String,
    /// Texts that were read.
    pub texts: usize,
    /// The numbers.
    pub figures: Vec<Figure>,
    /// Of three tones: rows are the truth, columns the guess.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confusion: Option<[[u32; 3]; 3]>,
    /// The same by groups of texts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// What a reader should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Report {
    /// The report as lines.
    pub fn told(&self) -> String {
        let mut text = format!("{}, {} texts\n", self.set, self.texts);
        for figure in &self.figures {
            let _ = writeln!(text, "  {}", line(figure));
        }
        if let Some(rows) = self.confusion {
            let row = |row: [u32; 3]| row.map(|n| n.to_string()).join(" ");
            let rows = rows.map(row).join(" / ");
            let _ = writeln!(text, "  truth by guess, negative neutral positive: {rows}");
        }
        for group in &self.groups {
            let worse = if group.served_worse { "   SERVED WORSE" } else { "" };
            let name = &group.group;
            let _ = writeln!(text, "    {name:<52} {}{worse}", numbers(&group.right));
        }
        for note in &self.notes {
            let _ = writeln!(text, "  {note}");
        }
        text
    }

    /// The figures as rows of a Markdown table: set, figure, texts, value, interval, what is asked.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        for figure in &self.figures {
            let asked = figure.wanted.map(asked).unwrap_or_default();
            let _ = writeln!(
                text,
                "| {} | {} | {} | {:.3} | {:.3} to {:.3} | {asked} |",
                self.set, figure.name, figure.texts, figure.value, figure.low, figure.high,
            );
        }
        text
    }
}

/// The head of the table of [`Report::markdown`].
pub(super) const MARKDOWN_HEAD: &str =
    "| set | figure | texts | value | 95 % interval | asked |\n|---|---|---|---|---|---|\n";

fn line(figure: &Figure) -> String {
    let mut text = format!("{:<54} {}", figure.name, numbers(figure));
    if let Some(wanted) = figure.wanted {
        let holds = match wanted {
            Wanted::AtLeast(least) => figure.value >= least,
            Wanted::AtMost(most) => figure.value <= most,
        };
        text += &format!("   asked: {}{}", asked(wanted), if holds { "" } else { ", MISSED" });
    }
    text
}

fn numbers(figure: &Figure) -> String {
    let Figure { value, low, high, texts, .. } = figure;
    format!("{value:.3} [{low:.3}, {high:.3}] of {texts}")
}

fn asked(wanted: Wanted) -> String {
    match wanted {
        Wanted::AtLeast(least) => format!(">= {least:.2}"),
        Wanted::AtMost(most) => format!("<= {most:.2}"),
    }
}
