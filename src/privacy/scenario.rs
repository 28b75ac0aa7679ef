//! The same city under another plan: what-if, and which single change would help most.
//!
//! A scenario is a plan that nobody has to adopt. It is worked out exactly as a real one, and
//! refused for the same reasons.

use serde::Serialize;

use super::{
    Budget, BudgetError, FamilySpec, Forecast, LossError, PlanError, PrivacyPlan, Turnout,
};
use crate::domain::{KeySet, NamedKey};

/// A plan with public guesses about its city.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The budget.
    pub budget: Budget,
    /// The families.
    pub specs: Vec<FamilySpec>,
    /// Neighbourhoods and topics.
    pub keys: KeySet,
    /// Days in a window.
    pub window_days: u16,
    /// How many residents will speak.
    pub turnout: Option<Turnout>,
}

/// Why a scenario cannot be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// Its budget is none.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// Its plan would be refused.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The library refused.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// A window without days.
    #[error("a window has {0} days; give 1 to 366")]
    WindowDays(u16),
    /// Nothing to make more of.
    #[error("the plan names no {0}, so there is nothing to vary")]
    NoKeys(&'static str),
}

/// One change of a plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Another epsilon.
    Epsilon(f64),
    /// W of every family that has so many spans in a period; the others keep theirs.
    WindowsMax(u32),
    /// Every W above one halved.
    WindowsMaxHalved,
    /// Another length of the window. The period keeps its days, and so does what is released less
    /// often than every window.
    WindowDays(u16),
    /// So many neighbourhoods.
    Neighborhoods(usize),
    /// So many topics, "other" included.
    Topics(usize),
    /// So many residents in a window, in proportion over the period.
    Residents(f64),
    /// Another share of one family, by its index; the others divide the rest as before.
    Share(usize, u8),
    /// One family less, by its index; the others divide its share as they divide theirs.
    Without(usize),
}

/// A change with what it would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advice {
    /// The change, in words.
    pub change: String,
    /// The change itself.
    #[serde(skip)]
    pub of: Change,
    /// [`Forecast::blur`] after it.
    pub blur: f64,
    /// [`Forecast::measuring`] after it.
    pub measuring: f64,
}

impl Scenario {
    /// The plan, if it holds.
    ///
    /// # Errors
    /// As [`PrivacyPlan::new`].
    pub fn plan(&self) -> Result<PrivacyPlan, PlanError> {
        PrivacyPlan::new(self.budget.clone(), self.specs.clone(), &self.keys)
    }

    /// What its plan will be able to say.
    ///
    /// # Errors
    /// When the plan is refused.
    pub fn forecast(&self) -> Result<Forecast, ScenarioError> {
        Ok(Forecast::new(&self.plan()?, &self.keys, self.turnout)?)
    }

    /// The scenario with one change. Noise that the plan fixes is set free, since another plan
    /// would fix another.
    ///
    /// # Errors
    /// When the change makes no sense.
    pub fn with(&self, change: &Change) -> Result<Self, ScenarioError> {
        let mut next = self.clone();
        next.specs.iter_mut().for_each(|spec| spec.sigma_units = None);
        let (delta, period) = (self.budget.delta, self.budget.period_windows);
        match *change {
            Change::Epsilon(epsilon) => next.budget = Budget::new(epsilon, delta, period)?,
            Change::WindowsMax(most) => next.cap_windows(|_| most, period),
            Change::WindowsMaxHalved => next.cap_windows(|now| now.div_ceil(2), period),
            Change::WindowDays(days) => next.set_window_days(days)?,
            Change::Neighborhoods(count) => {
                resize(&mut next.keys.neighborhoods, count, "neighbourhood")?;
                next.divide_evenly();
            }
            Change::Topics(count) => resize(&mut next.keys.topics, count, "topic")?,
            Change::Residents(residents) => {
                let grown = |t: Turnout| Turnout {
                    in_window: residents,
                    in_period: t.in_period * residents / t.in_window,
                    ..t
                };
                next.turnout =
                    Some(next.turnout.map_or_else(|| Turnout::new(residents, None, period), grown));
            }
            Change::Share(family, percent) => next.set_share(family, percent),
            Change::Without(family) => next.remove(family),
        }
        Ok(next)
    }

    /// Every single change worth trying, the most helpful first; nothing without a turnout, and
    /// none that helps by less than a fiftieth.
    pub fn advice(&self) -> Vec<Advice> {
        let Some(now) = self.forecast().ok().and_then(|forecast| forecast.blur()) else {
            return Vec::new();
        };
        let moods = |scenario: &Self| {
            scenario.specs.iter().filter(|spec| spec.grouping.sentiment).count() as f64
        };
        let worth = |change: Change| {
            let next = self.with(&change).ok()?;
            let forecast = next.forecast().ok()?;
            // A family given up says nothing: it counts as one that is measuring everywhere.
            let (kept, all) = (moods(&next), moods(self));
            let with_lost = |mean: f64| (kept * mean + (all - kept)) / all;
            let (blur, measuring) = (with_lost(forecast.blur()?), with_lost(forecast.measuring()?));
            let helps = blur < 0.98 * now;
            helps.then(|| Advice { change: self.in_words(&change), of: change, blur, measuring })
        };
        let mut advice: Vec<Advice> = self.changes().into_iter().filter_map(worth).collect();
        advice.sort_by(|a, b| a.blur.total_cmp(&b.blur));
        advice
    }

    fn changes(&self) -> Vec<Change> {
        let mut changes = vec![Change::WindowDays(self.window_days * 2), Change::WindowsMaxHalved];
        let used = |by: fn(&FamilySpec) -> bool| self.specs.iter().any(by);
        let (places, topics) = (self.keys.neighborhoods.len(), self.keys.topics.len());
        if places > 1 && used(|spec| spec.grouping.neighborhood && spec.grouping.sentiment) {
            changes.push(Change::Neighborhoods(places.div_ceil(2)));
        }
        if topics > 1 && used(|spec| spec.grouping.topic && spec.grouping.sentiment) {
            changes.push(Change::Topics(topics.div_ceil(2)));
        }
        if self.specs.len() > 1 {
            for (at, spec) in self.specs.iter().enumerate().filter(|(_, s)| s.grouping.sentiment) {
                // Each of the others keeps at least one percent.
                let most = 101 - self.specs.len().min(100) as u8;
                let doubled = spec.share_percent.saturating_mul(2).min(most);
                if doubled > spec.share_percent {
                    changes.push(Change::Share(at, doubled));
                }
                changes.push(Change::Without(at));
            }
        }
        changes
    }

    /// The change as a city would read it.
    pub fn in_words(&self, change: &Change) -> String {
        let (places, topics) = (self.keys.neighborhoods.len(), self.keys.topics.len());
        match change {
            Change::Epsilon(epsilon) => {
                format!("epsilon {epsilon} instead of {}", self.budget.epsilon)
            }
            Change::WindowsMax(most) => format!("windows_max {most}"),
            Change::WindowsMaxHalved => "half of every windows_max above 1".to_owned(),
            Change::WindowDays(days) => {
                format!("windows of {days} days instead of {}", self.window_days)
            }
            Change::Neighborhoods(count) => format!("{count} neighbourhoods instead of {places}"),
            Change::Topics(count) => format!("{count} topics instead of {topics}"),
            Change::Residents(residents) => format!("{residents} residents in a window"),
            Change::Share(at, percent) => {
                let spec = &self.specs[*at];
                let (id, now) = (&spec.id, spec.share_percent);
                format!(
                    "a larger share for `{id}`: {percent} % instead of {now} %, the others less"
                )
            }
            Change::Without(at) => {
                format!("no `{}`: the others divide its share", self.specs[*at].id)
            }
        }
    }

    fn cap_windows(&mut self, most: impl Fn(u32) -> u32, period_windows: u32) {
        for spec in self.specs.iter_mut().filter(|spec| spec.to_date_windows.is_none()) {
            let spans = spec.spans_max(period_windows);
            spec.windows_max = most(spec.windows_max).clamp(1, spans.max(1));
        }
    }

    fn set_window_days(&mut self, days: u16) -> Result<(), ScenarioError> {
        if !(1..=366).contains(&days) {
            return Err(ScenarioError::WindowDays(days));
        }
        let factor = f64::from(days) / f64::from(self.window_days.max(1));
        let fewer = |windows: u32| ((f64::from(windows) / factor).round() as u32).max(1);
        let old = &self.budget;
        let budget = Budget::new(old.epsilon, old.delta, fewer(old.period_windows))?;
        for spec in &mut self.specs {
            let spans_before = spec.spans_max(old.period_windows).max(1);
            if spec.every_windows > 1 {
                spec.every_windows = fewer(spec.every_windows).min(budget.period_windows);
            }
            // A run of one window is no running total any more.
            let run = spec.to_date_windows.map(|run| fewer(run).min(budget.period_windows));
            spec.to_date_windows = run.filter(|run| *run > 1);
            spec.from_window = spec.from_window.map(|from| (f64::from(from) / factor) as u32);
            spec.until_window = spec.until_window.map(fewer);
            let spans = spec.spans_max(budget.period_windows).max(1);
            // W in the same days; whoever could fill every span still can.
            let same = f64::from(spec.windows_max) * f64::from(spans) / f64::from(spans_before);
            spec.windows_max = (same.ceil() as u32).clamp(1, spans);
        }
        self.turnout = self.turnout.map(|t| t.with_windows(factor, budget.period_windows));
        self.budget = budget;
        self.window_days = days;
        Ok(())
    }

    /// Puts the neighbourhoods into the districts there are, in order and evenly.
    fn divide_evenly(&mut self) {
        let KeySet { neighborhoods, districts, .. } = &mut self.keys;
        districts.truncate(neighborhoods.len());
        let (places, count) = (neighborhoods.len().max(1), districts.len());
        districts.iter_mut().for_each(|district| district.neighborhoods.clear());
        for (at, key) in neighborhoods.iter().enumerate() {
            if let Some(district) = districts.get_mut(at * count / places) {
                district.neighborhoods.push(key.id.clone());
            }
        }
    }

    fn remove(&mut self, family: usize) {
        if family >= self.specs.len() {
            return;
        }
        let share = u32::from(self.specs.remove(family).share_percent);
        let rest: u32 = self.specs.iter().map(|spec| u32::from(spec.share_percent)).sum();
        for spec in &mut self.specs {
            let own = u32::from(spec.share_percent);
            spec.share_percent = (own + share * own / rest.max(1)).clamp(1, 100) as u8;
        }
    }

    fn set_share(&mut self, family: usize, percent: u8) {
        let others = |(at, _): &(usize, &mut FamilySpec)| *at != family;
        let rest: u32 = self
            .specs
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != family)
            .map(|(_, spec)| u32::from(spec.share_percent))
            .sum();
        let left = 100 - u32::from(percent.min(100));
        for (_, spec) in self.specs.iter_mut().enumerate().filter(others) {
            let share = u32::from(spec.share_percent);
            let scaled = if rest > left { share * left / rest.max(1) } else { share };
            spec.share_percent = scaled.clamp(1, 100) as u8;
        }
        if let Some(spec) = self.specs.get_mut(family) {
            spec.share_percent = percent;
        }
    }
}

/// Cuts a public list to `count` keys, or lengthens it with invented ones.
fn resize(keys: &mut Vec<NamedKey>, count: usize, of: &'static str) -> Result<(), ScenarioError> {
    let Some(model) = keys.first().cloned() else { return Err(ScenarioError::NoKeys(of)) };
    keys.truncate(count);
    for at in keys.len()..count {
        let mut key = model.clone();
        key.id = format!("invented-{at}");
        keys.push(key);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::{keys_for_tests, plan_for_tests, specs_for_tests};

    fn scenario() -> Scenario {
        Scenario {
            budget: plan_for_tests().budget().clone(),
            specs: specs_for_tests(),
            keys: keys_for_tests(),
            window_days: 7,
            turnout: Some(Turnout::new(7_680.0, Some(50_000.0), 13)),
        }
    }

    fn pulse(scenario: &Scenario) -> crate::privacy::FamilyForecast {
        scenario.forecast().unwrap().families.swap_remove(0)
    }

    #[test]
    fn twice_the_residents_halve_the_half_width() {
        let base = scenario();
        let net = |s: &Scenario| pulse(s).even.unwrap().net_half_width.unwrap();
        let more = base.with(&Change::Residents(15_360.0)).unwrap();
        assert!((net(&base) / net(&more) - 2.0).abs() < 0.02);
    }

    #[test]
    fn smaller_w_needs_less_noise_and_lets_fewer_voices_in() {
        let base = scenario();
        let once = base.with(&Change::WindowsMax(1)).unwrap();
        assert!(
            (f64::from(pulse(&base).sigma_units) / f64::from(pulse(&once).sigma_units) - 2.0).abs()
                < 0.01
        );
        assert!(pulse(&once).kept.unwrap() < 0.51 && pulse(&base).kept == Some(1.0));
    }

    #[test]
    fn longer_windows_keep_the_days_of_the_period_and_of_what_is_released_less_often() {
        let monthly = scenario().with(&Change::WindowDays(28)).unwrap();
        assert_eq!(monthly.budget.period_windows, 3);
        let every: Vec<u32> = monthly.specs.iter().map(|spec| spec.every_windows).collect();
        let windows_max: Vec<u32> = monthly.specs.iter().map(|spec| spec.windows_max).collect();
        assert_eq!((every, windows_max), (vec![1, 1, 3, 3], vec![1, 1, 1, 1]));
        let voices = |s: &Scenario| pulse(s).even.unwrap().voices;
        assert!(voices(&monthly) > 2.0 * voices(&scenario()));
        assert_eq!(monthly.turnout.unwrap().in_period, 50_000.0);
    }

    #[test]
    fn shorter_windows_are_each_released_and_w_keeps_its_part_of_the_period() {
        let daily = scenario().with(&Change::WindowDays(1)).unwrap();
        let pulse = &daily.specs[0];
        assert_eq!((pulse.every_windows, daily.budget.period_windows), (1, 91));
        assert_eq!((pulse.windows_max, daily.specs[2].every_windows), (28, 91));
    }

    #[test]
    fn family_that_says_nothing_is_better_given_up_and_one_that_does_is_not() {
        let mut base = scenario();
        base.turnout = Some(Turnout::new(2_000.0, None, 13));
        let advice = base.advice();
        let gives_up = |id: &str| {
            let words = format!("no `{id}`");
            advice.iter().any(|advice| advice.change.starts_with(&words))
        };
        assert!(gives_up("detail") && !gives_up("topics"), "{advice:?}");
        let next = base.with(&Change::Without(2)).unwrap();
        let shares: Vec<u8> = next.specs.iter().map(|spec| spec.share_percent).collect();
        assert_eq!(shares, [64, 21, 14]);
    }

    #[test]
    fn keys_can_be_fewer_or_more_than_the_plan_names() {
        let base = scenario();
        for count in [8, 80] {
            let next = base.with(&Change::Neighborhoods(count)).unwrap();
            assert_eq!(next.keys.neighborhoods.len(), count);
            let expected = pulse(&base).even.unwrap().voices * 40.0 / count as f64;
            assert!((pulse(&next).even.unwrap().voices - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn larger_share_is_taken_from_the_others_and_stays_within_the_whole() {
        let next = scenario().with(&Change::Share(2, 60)).unwrap();
        let shares: Vec<u8> = next.specs.iter().map(|spec| spec.share_percent).collect();
        assert_eq!(shares, [25, 8, 60, 5]);
        assert!(next.plan().is_ok());
    }

    #[test]
    fn plan_with_a_single_family_is_never_advised_a_larger_share() {
        let mut alone = scenario();
        alone.specs.truncate(1);
        alone.specs[0].share_percent = 100;
        let advice = alone.advice();
        assert!(!advice.is_empty());
        assert!(advice.iter().all(|advice| !advice.change.contains("share")), "{advice:?}");
    }

    #[test]
    fn advice_is_sorted_by_how_much_it_helps_and_each_helps() {
        let base = scenario();
        let now = base.forecast().unwrap().blur().unwrap();
        let advice = base.advice();
        assert!(advice.windows(2).all(|pair| pair[0].blur <= pair[1].blur));
        assert!(advice.iter().all(|advice| advice.blur < now), "{advice:?}");
        assert!(advice.iter().any(|advice| advice.change == "20 neighbourhoods instead of 40"));
    }

    #[test]
    fn scenario_without_a_turnout_has_no_advice() {
        assert!(Scenario { turnout: None, ..scenario() }.advice().is_empty());
    }
}
