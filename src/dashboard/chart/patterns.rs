//! The patterns that tell marks apart without colour, and the colours.

use maud::{Markup, html};

/// Colours, strokes and type of every chart; also inside a chart that is a file by itself.
pub(in crate::dashboard) const CHART_CSS: &str = include_str!("../../../web/chart.css");

/// The patterns, once a page: rising lines for, falling lines against, dots where no side may be
/// said to be ahead, a net where it is still measuring.
pub(in crate::dashboard) fn definitions() -> Markup {
    let tile = |id: &str, lean: &str, path: &str| {
        html! {
            pattern id=(id) width="8" height="8" patternUnits="userSpaceOnUse" {
                rect class={ "tint " (lean) } width="8" height="8" {}
                path class={ "weave " (lean) } d=(path) {}
            }
        }
    };
    html! {
        defs {
            (tile("p-for", "for", "M-2 2L2-2M0 8L8 0M6 10L10 6"))
            (tile("p-against", "against", "M-2 6L2 10M0 0L8 8M6-2L10 2"))
            (tile("p-even", "even", "M1.5 2h1M5.5 6h1"))
            (tile("p-measuring", "measuring", "M0 0L8 8M0 8L8 0"))
            (tile("p-plain", "plain", ""))
            (tile("p-expected", "expected", "M2 0V8M6 0V8"))
            (tile("p-part-0", "part-0", ""))
            (tile("p-part-1", "part-1", "M-2 2L2-2M0 8L8 0M6 10L10 6"))
            (tile("p-part-2", "part-2", "M0 4H8"))
            (tile("p-part-3", "part-3", "M-2 6L2 10M0 0L8 8M6-2L10 2"))
            (tile("p-part-4", "part-4", "M4 0V8"))
            (tile("p-part-5", "part-5", "M0 4H8M4 0V8"))
        }
    }
}
