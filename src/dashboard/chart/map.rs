//! The city's own outlines, each filled by what may be said of it. No tiles, no projection but the
//! plane at the city's latitude.

use maud::{Markup, html};

use super::{Breadth, Drawing, Lean, scale::px};

/// One neighbourhood.
pub(in crate::dashboard) struct Area<'a> {
    /// Its rings: longitudes and latitudes.
    pub rings: Vec<&'a [[f64; 2]]>,
    /// Its name.
    pub name: &'a str,
    /// What it is drawn as.
    pub lean: Lean,
    /// What a reader hears of it.
    pub label: String,
    /// Where it leads.
    pub href: Option<String>,
    /// Whether it is the one chosen.
    pub chosen: bool,
}

/// The whole city.
pub(in crate::dashboard) struct CityMap<'a> {
    /// What a reader who does not see it hears.
    pub label: String,
    /// Its neighbourhoods.
    pub areas: &'a [Area<'a>],
}

/// From the plane of the file to the paper.
struct Fit {
    west: f64,
    north: f64,
    across: f64,
    scale: f64,
}

const MARGIN: f64 = 6.0;

impl CityMap<'_> {
    /// Draws it.
    pub fn draw(&self, breadth: Breadth) -> Drawing {
        let width = breadth.pick(520.0, 360.0);
        let (fit, height) = self.fit(width);
        let body = html! {
            @for area in self.areas.iter().filter(|area| !area.chosen) { (fit.area(area)) }
            @for area in self.areas.iter().filter(|area| area.chosen) { (fit.area(area)) }
            @for area in self.areas { (fit.name(area)) }
        };
        let links = self.areas.iter().any(|area| area.href.is_some());
        Drawing { width, height, label: self.label.clone(), links, body }
    }

    fn fit(&self, width: f64) -> (Fit, f64) {
        let points = || self.areas.iter().flat_map(|area| &area.rings).flat_map(|ring| ring.iter());
        let ends = |axis: usize| {
            let start = (f64::INFINITY, f64::NEG_INFINITY);
            points().fold(start, |(low, high), p| (low.min(p[axis]), high.max(p[axis])))
        };
        let ((west, east), (south, north)) = (ends(0), ends(1));
        if west >= east || south >= north {
            return (Fit { west: 0.0, north: 0.0, across: 1.0, scale: 1.0 }, 40.0);
        }
        let across = ((south + north) / 2.0).to_radians().cos().max(0.01);
        let scale = (width - 2.0 * MARGIN) / ((east - west) * across);
        let height = scale * (north - south) + 2.0 * MARGIN;
        // A long, narrow city is drawn smaller instead of over many screens.
        let shrink = (width * 1.4 / height).min(1.0);
        (Fit { west, north, across, scale: scale * shrink }, height * shrink)
    }
}

impl Fit {
    fn at(&self, [longitude, latitude]: [f64; 2]) -> (f64, f64) {
        let x = (longitude - self.west) * self.across * self.scale + MARGIN;
        (x, (self.north - latitude) * self.scale + MARGIN)
    }

    fn path(&self, rings: &[&[[f64; 2]]]) -> String {
        let mut path = String::new();
        for ring in rings {
            let mut last = None;
            for point in ring.iter() {
                let (x, y) = self.at(*point);
                let next = (px(x), px(y));
                if last.as_ref() != Some(&next) {
                    path +=
                        &format!("{}{} {}", if last.is_none() { "M" } else { "L" }, next.0, next.1);
                }
                last = Some(next);
            }
            path.push('Z');
        }
        path
    }

    fn area(&self, area: &Area<'_>) -> Markup {
        let class =
            format!("area {}{}", area.lean.class(), if area.chosen { " chosen" } else { "" });
        let shape = html! { path class=(class) d=(self.path(&area.rings)) fill-rule="evenodd" {} };
        html! {
            @match &area.href {
                Some(href) => a href=(href) aria-label=(area.label) { (shape) title { (area.label) } },
                None => g { title { (area.label) } (shape) },
            }
        }
    }

    /// The name where it fits into the widest ring.
    fn name(&self, area: &Area<'_>) -> Markup {
        let widths = area.rings.iter().map(|ring| {
            let xs = ring.iter().map(|point| self.at(*point).0);
            let (low, high) =
                xs.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
            (high - low, ring)
        });
        let Some((width, ring)) = widths.max_by(|a, b| a.0.total_cmp(&b.0)) else {
            return html! {};
        };
        if width < 6.6 * area.name.chars().count() as f64 + 10.0 {
            return html! {};
        }
        let (x, y) = self.middle(ring);
        html! {
            text class="place" x=(px(x)) y=(px(y + 4.0)) text-anchor="middle" aria-hidden="true" { (area.name) }
        }
    }

    /// The centre of a ring's area.
    fn middle(&self, ring: &[[f64; 2]]) -> (f64, f64) {
        let points: Vec<(f64, f64)> = ring.iter().map(|point| self.at(*point)).collect();
        let (mut area, mut x, mut y) = (0.0, 0.0, 0.0);
        for (at, a) in points.iter().enumerate() {
            let b = points[(at + 1) % points.len()];
            let cross = a.0 * b.1 - b.0 * a.1;
            area += cross;
            x += (a.0 + b.0) * cross;
            y += (a.1 + b.1) * cross;
        }
        if area.abs() < 1e-9 { points[0] } else { (x / (3.0 * area), y / (3.0 * area)) }
    }
}
