//! One number over time: a band for each window, abutting, with a tick at the best estimate.

use maud::{Markup, html};

use super::{Breadth, Drawing, Lean, Scale, intervals::cut, scale::px};

/// One window.
pub(in crate::dashboard) struct Step {
    /// Estimate and band; none while measuring.
    pub known: Option<(f64, (f64, f64))>,
    /// What it is drawn as.
    pub lean: Lean,
    /// The day under it.
    pub day: String,
    /// The number above the band.
    pub shown: String,
    /// Where it leads.
    pub href: Option<String>,
    /// What a reader hears of it.
    pub label: String,
}

/// The windows of one question.
pub(in crate::dashboard) struct Trend<'a> {
    /// What a reader who does not see it hears.
    pub label: String,
    /// The windows, oldest first.
    pub steps: &'a [Step],
    /// The axis goes from -reach to +reach.
    pub reach: f64,
    /// What stands at the two ends of the axis.
    pub ends: [String; 2],
    /// How a number on the axis is written.
    pub tick: fn(f64) -> String,
    /// What stands in a window that is measuring.
    pub measuring: &'a str,
}

impl Trend<'_> {
    /// Draws it.
    pub fn draw(&self, breadth: Breadth) -> Drawing {
        let (width, height) = breadth.pick((760.0, 270.0), (360.0, 230.0));
        let (left, right, top, bottom) = (48.0, width - 8.0, 10.0, height - 24.0);
        let scale = Scale { domain: (-self.reach, self.reach), range: (bottom, top) };
        let across = (right - left) / self.steps.len().max(1) as f64;
        let every = (self.steps.len() as f64 * breadth.pick(64.0, 52.0) / (right - left)).ceil();
        let every = (every as usize).max(1);
        let body = html! {
            @for tick in scale.ticks() {
                @let y = px(scale.at(tick));
                line class=(if tick == 0.0 { "zero" } else { "grid" }) x1=(px(left)) x2=(px(right)) y1=(y) y2=(y) {}
                text class="tick" x=(px(left - 8.0)) y=(px(scale.at(tick) + 4.0)) text-anchor="end" {
                    ((self.tick)(tick))
                }
            }
            @for (at, step) in self.steps.iter().enumerate() {
                @let x = left + across * at as f64;
                (self.step(step, x, across, &scale))
                @if at % every == 0 {
                    line class="rule" x1=(px(x)) x2=(px(x)) y1=(px(bottom)) y2=(px(bottom + 6.0)) {}
                    // The last label ends where the paper does.
                    @let cramped = x + 46.0 > width;
                    text class="tick" x=(px(if cramped { right } else { x + 3.0 })) y=(px(bottom + 17.0))
                        text-anchor=(if cramped { "end" } else { "start" }) { (step.day) }
                }
            }
            // Within the plot, each in its half; above the bands, which seldom come there.
            text class="end" x=(px(left + 6.0)) y=(px(top + 13.0)) { (self.ends[1]) }
            text class="end" x=(px(left + 6.0)) y=(px(bottom - 6.0)) { (self.ends[0]) }
        };
        let links = self.steps.iter().any(|step| step.href.is_some());
        Drawing { width, height, label: self.label.clone(), links, body }
    }

    fn step(&self, step: &Step, x: f64, across: f64, scale: &Scale) -> Markup {
        let (left, width) = (x + 1.0, (across - 2.0).max(1.0));
        let mark = match step.known {
            Some((value, (low, high))) => {
                let (top, bottom) = (scale.at(high), scale.at(low));
                html! {
                    rect class={ "band " (step.lean.class()) } x=(px(left)) width=(px(width))
                        y=(px(top)) height=(px((bottom - top).max(1.0))) {}
                    line class="point" x1=(px(left)) x2=(px(left + width))
                        y1=(px(scale.at(value))) y2=(px(scale.at(value))) {}
                    @if across > 44.0 {
                        text class="number" x=(px(left + width / 2.0)) y=(px(top - 5.0)) text-anchor="middle" {
                            (step.shown)
                        }
                    }
                }
            }
            None => html! {
                rect class="band measuring" x=(px(left)) width=(px(width)) y=(px(scale.range.1))
                    height=(px(scale.range.0 - scale.range.1)) {}
                @if across > 64.0 {
                    text class="range" x=(px(left + width / 2.0)) y=(px(scale.at(0.0) - 6.0)) text-anchor="middle" {
                        (cut(self.measuring, 16))
                    }
                }
            },
        };
        html! {
            @match &step.href {
                Some(href) => a href=(href) aria-label=(step.label) { (mark) },
                None => g { title { (step.label) } (mark) },
            }
        }
    }
}
