//! One SVG: within a page, or a file by itself.

use maud::{Markup, PreEscaped, html};

use super::{CHART_CSS, definitions, scale::px};

/// How much room a chart has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dashboard) enum Breadth {
    /// A page from a tablet on, and a file.
    Wide,
    /// A phone.
    Narrow,
}

impl Breadth {
    /// The one of two that goes with it.
    pub fn pick<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }
}

/// A drawing with its size and what it is called.
pub(in crate::dashboard) struct Drawing {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// What a reader who does not see it hears.
    pub label: String,
    /// Whether it holds links, so that it must not be read as one picture.
    pub links: bool,
    /// Its marks.
    pub body: Markup,
}

impl Drawing {
    /// As part of a page.
    pub fn inline(&self, breadth: Breadth) -> Markup {
        let class = breadth.pick("chart wide", "chart narrow");
        let view = format!("0 0 {} {}", px(self.width), px(self.height));
        let role = if self.links { "group" } else { "img" };
        html! { svg class=(class) viewBox=(view) role=(role) aria-label=(self.label) { (self.body) } }
    }

    /// As a file by itself, with its patterns and colours.
    pub fn file(&self) -> String {
        let view = format!("0 0 {} {}", px(self.width), px(self.height));
        let drawn = html! {
            svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox=(view)
                width=(px(self.width)) height=(px(self.height)) role="img" {
                title { (self.label) }
                style { (PreEscaped(CHART_CSS)) }
                (definitions())
                rect class="paper" width="100%" height="100%" {}
                (self.body)
            }
        };
        format!("{}\n", drawn.into_string())
    }
}
