//! From numbers to places on the paper.

/// A straight axis.
#[derive(Clone, Copy, Debug)]
pub(in crate::dashboard) struct Scale {
    /// The numbers at its ends.
    pub domain: (f64, f64),
    /// Where the ends are drawn.
    pub range: (f64, f64),
}

impl Scale {
    /// Where a number is drawn, held within the axis.
    pub fn at(&self, value: f64) -> f64 {
        let ((a, b), (from, to)) = (self.domain, self.range);
        let share = if b > a { ((value - a) / (b - a)).clamp(0.0, 1.0) } else { 0.5 };
        from + share * (to - from)
    }

    /// A few round numbers within the axis.
    pub fn ticks(&self) -> Vec<f64> {
        let (a, b) = self.domain;
        let rough = (b - a) / 4.0;
        if rough <= 0.0 || !rough.is_finite() {
            return vec![a];
        }
        let power = 10f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|step| step * power);
        let step = steps.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(power * 10.0);
        let first = (a / step - 1e-9).ceil() as i64;
        let last = (b / step + 1e-9).floor() as i64;
        (first..=last).map(|n| n as f64 * step).collect()
    }

    /// The half of an axis about zero that holds all of `ends`: a quarter, a half or one.
    pub fn reach(ends: impl IntoIterator<Item = f64>) -> f64 {
        let most = ends.into_iter().fold(0.0, |most: f64, end| most.max(end.abs()));
        [0.25, 0.5].into_iter().find(|reach| most <= *reach).unwrap_or(1.0)
    }
}

/// A length or place for an attribute: one digit after the point.
pub(super) fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_lie_within() {
        let scale = |a, b| Scale { domain: (a, b), range: (0.0, 100.0) };
        assert_eq!(scale(-1.0, 1.0).ticks(), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(scale(0.0, 340.0).ticks(), [0.0, 100.0, 200.0, 300.0]);
        assert_eq!(scale(0.0, 0.0).ticks(), [0.0]);
    }

    #[test]
    fn number_outside_is_drawn_at_the_end() {
        let scale = Scale { domain: (-0.5, 0.5), range: (0.0, 100.0) };
        assert_eq!([scale.at(-2.0), scale.at(0.0), scale.at(0.25)], [0.0, 50.0, 75.0]);
        assert_eq!(Scale::reach([0.1, -0.31]), 0.5);
    }
}
