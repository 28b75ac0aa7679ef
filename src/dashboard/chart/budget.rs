//! Stacked parts of a whole, a bar for each period, against the line that none may pass.

use maud::html;

use super::{Breadth, Drawing, Scale, scale::px};

/// One bar.
pub(in crate::dashboard) struct Stack {
    /// What stands under it.
    pub name: String,
    /// Its parts, the lowest first, in the order of the plan's families.
    pub parts: Vec<f64>,
    /// What a reader hears of it.
    pub label: String,
}

/// Bars against a limit.
pub(in crate::dashboard) struct Stacks<'a> {
    /// What a reader who does not see it hears.
    pub label: String,
    /// The bars, oldest first.
    pub stacks: &'a [Stack],
    /// What none may pass.
    pub limit: f64,
    /// What the limit is called.
    pub limit_name: String,
}

impl Stacks<'_> {
    /// Draws it.
    pub fn draw(&self, breadth: Breadth) -> Drawing {
        let (width, height) = breadth.pick((760.0, 260.0), (360.0, 220.0));
        let (left, right, top, bottom) = (8.0, width - 8.0, 30.0, height - 24.0);
        let scale = Scale { domain: (0.0, self.limit), range: (bottom, top) };
        let across = (right - left) / self.stacks.len().max(1) as f64;
        let bar = (across * 0.7).min(120.0);
        let every = (self.stacks.len() as f64 * 70.0 / (right - left)).ceil().max(1.0) as usize;
        let body = html! {
            line class="zero" x1=(px(left)) x2=(px(right)) y1=(px(bottom)) y2=(px(bottom)) {}
            @for (at, stack) in self.stacks.iter().enumerate() {
                @let middle = left + across * (at as f64 + 0.5);
                g {
                    title { (stack.label) }
                    @for (part, (from, to)) in runs(&stack.parts).into_iter().enumerate() {
                        @let (low, high) = (scale.at(from), scale.at(to));
                        rect class={ "part part-" (part % PARTS) } x=(px(middle - bar / 2.0)) width=(px(bar))
                            y=(px(high)) height=(px((low - high).max(0.0))) {}
                    }
                }
                @if at % every == 0 {
                    @let cramped = middle < 40.0;
                    text class="tick" x=(px(if cramped { left } else { middle })) y=(px(height - 7.0))
                        text-anchor=(if cramped { "start" } else { "middle" }) { (stack.name) }
                }
            }
            line class="limit" x1=(px(left)) x2=(px(right)) y1=(px(top)) y2=(px(top)) {}
            text class="end" x=(px(left)) y=(px(top - 8.0)) { (self.limit_name) }
        };
        Drawing { width, height, label: self.label.clone(), links: false, body }
    }
}

/// Patterns of parts that differ; further ones begin again.
pub(in crate::dashboard) const PARTS: usize = 6;

fn runs(parts: &[f64]) -> Vec<(f64, f64)> {
    let mut sum = 0.0;
    parts
        .iter()
        .map(|part| {
            let from = sum;
            sum += part;
            (from, sum)
        })
        .collect()
}
