//! Places or topics beside each other: ranked, with intervals that hold for all at once, and with
//! those that cannot be told apart.

use maud::{Markup, html};

use crate::{
    dashboard::{
        chart::{Breadth, Drawing, Intervals, Lean, Line, Reading, Scale},
        figure::{Entry, Table},
        numbers::{Origin, Towards, net_text, signed, whole},
        view::View,
    },
    estimate::{CONFIDENCE, Net, difference, noise_correlation, ranking, simultaneous_quantile},
    release::{Document, Interval, Measure, Opinion, ratio_limits},
};

/// One opinion with its names.
pub(super) struct Side {
    /// Its index among the document's opinions.
    pub at: usize,
    /// Id of its place or topic.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Where its name leads.
    pub href: Option<String>,
}

/// Some opinions of one release, compared.
pub(super) struct Ranking<'a> {
    document: &'a Document,
    /// Highest net sentiment first, those measuring last.
    pub rows: Vec<Row<'a>>,
    compared: usize,
}

/// One of them.
pub(super) struct Row<'a> {
    /// What it is.
    pub side: Side,
    /// What the release says.
    pub opinion: &'a Opinion,
    /// Ends that hold for all rows at once.
    pub at_once: Option<(f64, f64)>,
    /// Letters that it shares with those it cannot be told apart from.
    pub groups: String,
}

/// How two of them differ.
pub(super) struct Difference {
    /// First less second, with an interval that holds for all pairs at once.
    pub interval: Interval,
    /// Pairs that it holds for.
    pub pairs: usize,
}

impl<'a> Ranking<'a> {
    /// Compares opinions of `document`, all within one topic or one place.
    pub fn new(document: &'a Document, sides: Vec<Side>) -> Self {
        let compared = sides.len();
        let correlation = noise_correlation(document);
        let chosen: Vec<usize> = sides.iter().map(|side| side.at).collect();
        let opinions: Vec<Opinion> =
            chosen.iter().map(|at| document.opinions[*at].clone()).collect();
        let ranked = ranking(&opinions, &|i, j| correlation(chosen[i], chosen[j]));
        let key = |opinion: &Opinion| (opinion.neighborhood.clone(), opinion.topic.clone());
        let place =
            |opinion: &Opinion| ranked.iter().position(|other| key(other.opinion) == key(opinion));
        let z = simultaneous_quantile(compared);
        let mut rows: Vec<(usize, Row<'a>)> = sides
            .into_iter()
            .map(|side| {
                let opinion = &document.opinions[side.at];
                let place = place(opinion);
                let groups = place.map(|at| ranked[at].groups.clone()).unwrap_or_default();
                let at_once = Net::of(opinion).map(|net| ends(net, z));
                (place.unwrap_or(usize::MAX), Row { side, opinion, at_once, groups })
            })
            .collect();
        rows.sort_by_key(|(place, _)| *place);
        Self { document, rows: rows.into_iter().map(|(_, row)| row).collect(), compared }
    }

    /// Whether any has enough voices.
    pub fn says_something(&self) -> bool {
        self.rows.iter().any(|row| row.at_once.is_some())
    }

    /// How the two of these ids differ; none while one is measuring.
    pub fn difference(&self, first: &str, second: &str) -> Option<Difference> {
        let row = |id: &str| self.rows.iter().find(|row| row.side.id == id);
        let (first, second) = (row(first)?, row(second)?);
        let pairs = self.compared * self.compared.saturating_sub(1) / 2;
        let correlation = noise_correlation(self.document)(first.side.at, second.side.at);
        let (a, b) = (Net::of(first.opinion)?, Net::of(second.opinion)?);
        let interval = difference(a, b, correlation, simultaneous_quantile(pairs));
        Some(Difference { interval, pairs })
    }

    /// Rows of a chart.
    pub fn lines(&self, view: &View<'_>) -> Vec<Line> {
        self.rows.iter().map(|row| row.line(view)).collect()
    }

    /// The chart, wide and narrow.
    pub fn drawings(&self, view: &View<'_>, label: &str, lines: &[Line]) -> [Drawing; 2] {
        let ends = self.rows.iter().filter_map(|row| row.at_once).flat_map(|(a, b)| [a, b]);
        let expected = lines.iter().filter_map(|line| line.expected).flat_map(|(a, b)| [a, b]);
        let reach = Scale::reach(ends.chain(expected));
        let chart = Intervals {
            label: label.to_owned(),
            lines,
            domain: (-reach, reach),
            zero: Some(0.0),
            ends: sides_of_zero(view),
            tick: |value| signed(value, Towards::Nearest),
        };
        [chart.draw(Breadth::Wide), chart.draw(Breadth::Narrow)]
    }

    /// The table behind it.
    pub fn table(&self, view: &View<'_>, of: (&'static str, String)) -> Table {
        let pick = |english: &str, spanish: &str| view.pick(english, spanish).to_owned();
        let mut table = Table::new([
            of,
            ("name", pick("name", "nombre")),
            ("net_sentiment", pick("net sentiment", "balance")),
            ("net_low", pick("from", "desde")),
            ("net_high", pick("to", "hasta")),
            ("net_low_at_once", pick("from, all at once", "desde, todos a la vez")),
            ("net_high_at_once", pick("to, all at once", "hasta, todos a la vez")),
            ("voices", pick("voices", "voces")),
            ("voices_low", pick("from", "desde")),
            ("voices_high", pick("to", "hasta")),
            ("alike", pick("alike", "no se distinguen")),
        ]);
        table.rows = self.rows.iter().map(Row::entries).collect();
        table
    }

    /// The groups within which none can be told apart, as sentences.
    pub fn groups(&self, view: &View<'_>) -> Markup {
        let mut letters: Vec<char> = self.rows.iter().flat_map(|row| row.groups.chars()).collect();
        letters.sort_unstable();
        letters.dedup();
        let members = |letter: char| -> Vec<&str> {
            let has = self.rows.iter().filter(|row| row.groups.contains(letter));
            has.map(|row| row.side.name.as_str()).collect()
        };
        let measuring: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| row.at_once.is_none())
            .map(|row| row.side.name.as_str())
            .collect();
        let percent = format!("{:.0}\u{a0}%", 100.0 * CONFIDENCE);
        html! {
            @if letters.len() == 1 {
                p { (view.pick("None of them can be told apart from any other.", "Ninguno se distingue de otro.")) }
            } @else if !letters.is_empty() {
                details {
                    summary { (view.pick("Which cannot be told apart", "Cuáles no se distinguen")) }
                    ul.alike {
                        @for letter in &letters {
                            @let names = members(*letter);
                            li {
                                b { (letter) } " "
                                (names.join(", "))
                                @if names.len() == 1 {
                                    (view.pick(": differs from every other", ": difiere de todos los demás"))
                                }
                            }
                        }
                    }
                    p { (view.pick(
                        format!("Two that share no letter differ; this holds for all pairs at once with {percent}."),
                        format!("Dos sin letra común difieren; vale para todos los pares a la vez con {percent}."),
                    )) }
                }
            }
            @if !measuring.is_empty() {
                p.measuring-note {
                    (view.pick("Measuring, too few voices for the noise yet: ", "Midiendo, aún hay pocas voces para el ruido: "))
                    (measuring.join(", ")) "."
                }
            }
        }
    }
}

impl Row<'_> {
    fn line(&self, view: &View<'_>) -> Line {
        let reading = match self.opinion.net_sentiment {
            Measure::Estimate(net) => Reading::Known {
                value: Some(net.value),
                band: (net.low, net.high),
                whisker: self.at_once,
                lean: Lean::of(net),
                shown: net_text(view.tongue, net),
            },
            Measure::Measuring { voices_min } => Reading::Measuring(measuring(view, voices_min)),
        };
        Line {
            name: self.side.name.clone(),
            href: self.side.href.clone(),
            reading,
            groups: self.groups.clone(),
            expected: None,
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let released = |value| Entry::Number(value, Origin::Released);
        let derived = |value| Entry::Number(value, Origin::Derived);
        let net = self.opinion.net_sentiment.estimate();
        let ends = |of: fn(&(f64, f64)) -> f64| self.at_once.as_ref().map(of);
        let or_none =
            |value: Option<f64>, entry: fn(f64) -> Entry| value.map_or(Entry::Empty, entry);
        let voices = self.opinion.voices;
        vec![
            Entry::Text(self.side.id.clone()),
            Entry::Text(self.side.name.clone()),
            or_none(net.map(|net| net.value), released),
            or_none(net.map(|net| net.low), released),
            or_none(net.map(|net| net.high), released),
            or_none(ends(|ends| ends.0), derived),
            or_none(ends(|ends| ends.1), derived),
            released(voices.value),
            released(voices.low),
            released(voices.high),
            Entry::Text(self.groups.clone()),
        ]
    }
}

/// Why nothing is said: how many voices it takes.
pub(super) fn measuring(view: &View<'_>, voices_min: f64) -> String {
    let needed = whole(voices_min, Towards::Up);
    view.pick(format!("measuring, below {needed}"), format!("midiendo, menos de {needed}"))
}

/// What the two ends of an axis of net sentiment are.
pub(super) fn sides_of_zero(view: &View<'_>) -> [String; 2] {
    view.pick(["← more negative", "more positive →"], ["← más negativas", "más positivas →"])
        .map(str::to_owned)
}

/// How a chart of intervals is read.
pub(super) fn key(view: &View<'_>, whiskers: bool) -> Markup {
    html! {
        (swatches(view))
        br;
        (view.pick(
            "The band is the 95 % interval of the privacy noise, the tick the best estimate.",
            "La banda es el intervalo del 95 % del ruido de privacidad; la marca, la mejor estimación.",
        ))
        @if whiskers {
            " " (view.pick(
                "Whiskers hold for all rows at once; dots joined by a line cannot be told apart.",
                "Los bigotes valen para todas las filas a la vez; los puntos unidos por una línea no se distinguen.",
            ))
        }
    }
}

/// What each pattern says.
pub(super) fn swatches(view: &View<'_>) -> Markup {
    html! {
        span.key { span.swatch.for {} (view.pick("more positive", "más positivas")) } " "
        span.key { span.swatch.against {} (view.pick("more negative", "más negativas")) } " "
        span.key { span.swatch.even {} (view.pick("neither side ahead beyond the noise", "ningún lado supera el ruido")) } " "
        span.key { span.swatch.measuring {} (view.pick("measuring", "midiendo")) }
    }
}

fn ends(net: Net, z: f64) -> (f64, f64) {
    let limits = ratio_limits(net.ratio * net.voices, net.voices, net.sigma, z);
    limits.map_or((-1.0, 1.0), |(low, high)| (low.max(-1.0), high.min(1.0)))
}
