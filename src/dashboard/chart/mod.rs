//! Charts drawn on the server: uncertainty first, patterns as well as colour, and no colour by
//! sign where an interval holds zero.
//!
//! Each is drawn twice, for a wide page and for a phone; the wide one is also the file to download.

mod budget;
mod drawing;
mod intervals;
mod lean;
mod map;
mod patterns;
mod scale;
mod trend;

pub(super) use budget::{PARTS, Stack, Stacks};
pub(super) use drawing::{Breadth, Drawing};
pub(super) use intervals::{Intervals, Line, Reading};
pub(super) use lean::Lean;
pub(super) use map::{Area, CityMap};
pub(super) use patterns::{CHART_CSS, definitions};
pub(super) use scale::Scale;
pub(super) use trend::{Step, Trend};
