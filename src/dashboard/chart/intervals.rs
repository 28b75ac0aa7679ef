//! Rows of intervals: the band of 95 %, the whisker that holds for all rows at once, and a tick
//! where the best estimate lies. Lines at the right join rows that cannot be told apart.

use maud::{Markup, html};

use super::{Breadth, Drawing, Lean, Scale, scale::px};

/// What a row shows.
pub(in crate::dashboard) enum Reading {
    /// An interval.
    Known {
        /// Best estimate, where there is one.
        value: Option<f64>,
        /// The band.
        band: (f64, f64),
        /// Ends that hold for all rows at once.
        whisker: Option<(f64, f64)>,
        /// What it is drawn as.
        lean: Lean,
        /// The number and its range, in words.
        shown: [String; 2],
    },
    /// Nothing may be said yet; why.
    Measuring(String),
}

/// One row.
pub(in crate::dashboard) struct Line {
    /// What it is about.
    pub name: String,
    /// Where its name leads.
    pub href: Option<String>,
    /// What it shows.
    pub reading: Reading,
    /// Letters that it shares with rows it cannot be told apart from.
    pub groups: String,
    /// The band that another plan is expected to give, about the same estimate.
    pub expected: Option<(f64, f64)>,
}

/// Rows on one axis.
pub(in crate::dashboard) struct Intervals<'a> {
    /// What a reader who does not see it hears.
    pub label: String,
    /// The rows, top first.
    pub lines: &'a [Line],
    /// Ends of the axis.
    pub domain: (f64, f64),
    /// A number to mark across all rows, such as zero.
    pub zero: Option<f64>,
    /// What stands below the two ends.
    pub ends: [String; 2],
    /// How a number on the axis is written.
    pub tick: fn(f64) -> String,
}

/// Where things stand across a row.
struct Layout {
    width: f64,
    row: f64,
    strip: (f64, f64),
    letters: f64,
    breadth: Breadth,
}

/// Height of the axis above the rows, and of the words below them.
const AXIS: f64 = 26.0;
const FOOT: f64 = 24.0;
const LETTER: f64 = 14.0;

impl Intervals<'_> {
    /// Draws it.
    pub fn draw(&self, breadth: Breadth) -> Drawing {
        let letters = self.letters();
        let layout = Layout::new(breadth, letters.len());
        let scale = Scale { domain: self.domain, range: layout.strip };
        let bottom = AXIS + layout.row * self.lines.len() as f64;
        let body = html! {
            (self.axis(&scale, bottom, layout.width))
            @for (at, line) in self.lines.iter().enumerate() {
                (layout.row(line, &scale, AXIS + layout.row * at as f64))
            }
            (self.groups(&letters, &layout))
        };
        let links = self.lines.iter().any(|line| line.href.is_some());
        Drawing {
            width: layout.width,
            height: bottom + FOOT,
            label: self.label.clone(),
            links,
            body,
        }
    }

    fn axis(&self, scale: &Scale, bottom: f64, width: f64) -> Markup {
        let (left, right) = scale.range;
        html! {
            @for tick in scale.ticks() {
                @let class = if self.zero == Some(tick) { "zero" } else { "grid" };
                line class=(class) x1=(px(scale.at(tick))) x2=(px(scale.at(tick)))
                    y1=(px(AXIS - 6.0)) y2=(px(bottom)) {}
                text class="tick" x=(px(scale.at(tick))) y=(px(AXIS - 11.0))
                    text-anchor=(anchor(scale.at(tick), width)) { ((self.tick)(tick)) }
            }
            text class="end" x=(px(left)) y=(px(bottom + 16.0)) { (self.ends[0]) }
            text class="end" x=(px(right)) y=(px(bottom + 16.0)) text-anchor="end" { (self.ends[1]) }
        }
    }

    fn letters(&self) -> Vec<char> {
        let mut found: Vec<char> = self.lines.iter().flat_map(|line| line.groups.chars()).collect();
        found.sort_unstable();
        found.dedup();
        // More than fit: the sentences beside the chart say it.
        if found.len() > LETTERS_MAX || self.lines.len() < 2 { Vec::new() } else { found }
    }

    fn groups(&self, letters: &[char], layout: &Layout) -> Markup {
        let middle = |at: usize| AXIS + layout.row * at as f64 + layout.middle();
        let members = |letter: char| {
            let has = move |(_, line): &(usize, &Line)| line.groups.contains(letter);
            self.lines.iter().enumerate().filter(has).map(|(at, _)| at).collect::<Vec<_>>()
        };
        html! {
            @for (column, letter) in letters.iter().enumerate() {
                @let x = px(layout.letters + LETTER * (column as f64 + 0.5));
                @let rows = members(*letter);
                @if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
                    line class="group" x1=(x) x2=(x) y1=(px(middle(*first))) y2=(px(middle(*last))) {}
                }
                @for row in &rows { circle class="group" cx=(x) cy=(px(middle(*row))) r="3" {} }
            }
        }
    }
}

const LETTERS_MAX: usize = 6;

impl Layout {
    fn new(breadth: Breadth, letters: usize) -> Self {
        let groups = LETTER * letters as f64;
        match breadth {
            Breadth::Wide => Self {
                width: 760.0,
                row: 30.0,
                strip: (222.0, 600.0 - groups),
                letters: 604.0 - groups,
                breadth,
            },
            Breadth::Narrow => Self {
                width: 360.0,
                row: 48.0,
                strip: (8.0, 348.0 - groups),
                letters: 356.0 - groups,
                breadth,
            },
        }
    }

    /// From the top of a row to the middle of its band.
    fn middle(&self) -> f64 {
        self.breadth.pick(15.0, 33.0)
    }

    fn row(&self, line: &Line, scale: &Scale, top: f64) -> Markup {
        let y = top + self.middle();
        html! {
            g class="row" {
                line class="rule" x1="0" x2=(px(self.width)) y1=(px(top)) y2=(px(top)) {}
                (self.name(line, top))
                @match &line.reading {
                    Reading::Known { value, band, whisker, lean, shown } => {
                        @if let Some(expected) = line.expected {
                            (bar(scale, expected, y + 4.0, 9.0, "band expected"))
                        }
                        @if let Some((low, high)) = whisker {
                            path class="whisker" d=(whisker_path(scale, (*low, *high), y)) {}
                        }
                        (bar(scale, *band, y - 7.0, if line.expected.is_some() { 9.0 } else { 14.0 },
                            &format!("band {}", lean.class())))
                        @if let Some(value) = value {
                            line class="point" x1=(px(scale.at(*value))) x2=(px(scale.at(*value)))
                                y1=(px(y - 7.0)) y2=(px(y + if line.expected.is_some() { 13.0 } else { 7.0 })) {}
                        }
                        (self.number(line, shown, top))
                    }
                    Reading::Measuring(why) => {
                        (bar(scale, scale.domain, y - 5.0, 10.0, "band measuring"))
                        (self.number(line, &["".to_owned(), why.clone()], top))
                    }
                }
            }
        }
    }

    fn name(&self, line: &Line, top: f64) -> Markup {
        let text = match self.breadth {
            Breadth::Wide => wide_name(&line.name, top),
            Breadth::Narrow => {
                let shown =
                    cut(&line.name, ((self.letters - 16.0 - line.number_width()) / 7.0) as usize);
                html! {
                    text class="name" x="0" y=(px(top + 18.0)) {
                        (shown)
                        @if shown != line.name { title { (line.name) } }
                    }
                }
            }
        };
        html! {
            @match &line.href {
                Some(href) => a href=(href) { (text) },
                None => (text),
            }
        }
    }

    fn number(&self, line: &Line, [main, range]: &[String; 2], top: f64) -> Markup {
        match self.breadth {
            Breadth::Wide if matches!(line.reading, Reading::Measuring(_)) => html! {
                text class="range" x=(px(self.width)) y=(px(top + 20.0)) text-anchor="end" { (range) }
            },
            Breadth::Wide => html! {
                text class="number" x="652" y=(px(top + 20.0)) text-anchor="end" { (main) }
                text class="range" x="662" y=(px(top + 20.0)) { (range) }
            },
            Breadth::Narrow => {
                let (right, width) = (self.letters - 4.0, line.number_width());
                html! {
                    // The lines of the axis stop short of it.
                    rect class="paper" x=(px(right - width)) width=(px(width)) y=(px(top + 5.0)) height="17" {}
                    text class="range" x=(px(right)) y=(px(top + 18.0)) text-anchor="end" {
                        tspan class="number" { (main) } " " (range)
                    }
                }
            }
        }
    }
}

impl Line {
    /// About how wide its number and range are on a narrow chart.
    fn number_width(&self) -> f64 {
        let chars = match &self.reading {
            Reading::Known { shown: [main, range], .. } => {
                main.chars().count() as f64 * 8.0 + range.chars().count() as f64 * 6.8
            }
            Reading::Measuring(why) => why.chars().count() as f64 * 6.8,
        };
        chars + 6.0
    }
}

/// A name before its row: in one line, or cut into two where it is long.
fn wide_name(name: &str, top: f64) -> Markup {
    let right = px(NAME_RIGHT);
    if name.chars().count() <= NAME_CHARS_MAX {
        return html! { text class="name" x=(right) y=(px(top + 20.0)) text-anchor="end" { (name) } };
    }
    let halves = name.match_indices(' ').map(|(at, _)| name.split_at(at));
    let longer = |(a, b): &(&str, &str)| a.chars().count().max(b.trim().chars().count());
    let (first, second) = halves.min_by_key(longer).unwrap_or((name, ""));
    let [first, second] = [first, second.trim()].map(|half| cut(half, NAME_CHARS_MAX));
    html! {
        text class="name long" x=(right) y=(px(top + 13.0)) text-anchor="end" {
            (first) tspan x=(right) dy="12" { (second) }
            title { (name) }
        }
    }
}

/// Where names end on a wide chart, and how many characters fit into a line.
const NAME_RIGHT: f64 = 210.0;
const NAME_CHARS_MAX: usize = 26;

/// A text that keeps within the paper: from its place on near the left edge, up to it near the right.
fn anchor(x: f64, width: f64) -> &'static str {
    match x {
        x if x < 20.0 => "start",
        x if x > width - 20.0 => "end",
        _ => "middle",
    }
}

fn bar(scale: &Scale, (low, high): (f64, f64), y: f64, height: f64, class: &str) -> Markup {
    let (from, to) = (scale.at(low), scale.at(high));
    html! {
        rect class=(class) x=(px(from)) y=(px(y)) width=(px((to - from).max(1.0)))
            height=(px(height)) rx="2" {}
    }
}

fn whisker_path(scale: &Scale, (low, high): (f64, f64), y: f64) -> String {
    let (from, to) = (px(scale.at(low)), px(scale.at(high)));
    let (top, middle) = (px(y - 4.0), px(y));
    format!("M{from} {top}v8M{from} {middle}H{to}M{to} {top}v8")
}

/// A name that fits, its end replaced by an ellipsis.
pub(super) fn cut(name: &str, chars_max: usize) -> String {
    if name.chars().count() <= chars_max {
        return name.to_owned();
    }
    name.chars().take(chars_max - 1).chain(['…']).collect()
}
