//! Places measured at several levels, and the estimates in which their sums agree.
//!
//! Neighbourhoods, their districts and the city are measured with independent noise; weighted least
//! squares finds the neighbourhoods that fit all three best, and districts and city are their sums.
//! It is arithmetic on released numbers, free of charge. It is not a mechanism: it draws nothing
//! and decides nothing about a resident.
//!
//! A release is put together again by its verifier, bit for bit. So sums run in the order of the
//! places, on one thread, and only +, -, * and / are used.

/// Variance of the noise at each level; a level that was not measured is `None`.
///
/// # Units
/// The square of any one unit; estimates and covariances come in the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelNoise {
    /// Of one neighbourhood.
    pub leaf: f64,
    /// Of one district.
    pub district: Option<f64>,
    /// Of the city.
    pub city: Option<f64>,
}

/// A node of a [`PlaceTree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// A neighbourhood by its index.
    Leaf(usize),
    /// A district by its index.
    District(usize),
    /// All of them.
    City,
}

/// Estimates that add up: each district is the sum of its neighbourhoods, the city of its districts.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconciled {
    /// One for each neighbourhood.
    pub leaf: Vec<f64>,
    /// One for each district, measured or not.
    pub districts: Vec<f64>,
    /// The city.
    pub city: f64,
}

/// Why places do not make a tree.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LevelsError {
    /// No neighbourhood.
    #[error("there is no neighbourhood to measure")]
    Empty,
    /// Districts must be numbered from zero without a gap.
    #[error("district {0} has no neighbourhood; number districts from 0 without gaps")]
    DistrictEmpty(usize),
    /// A district level without districts.
    #[error("districts are measured, but no neighbourhood names its district")]
    NoDistricts,
    /// A variance that is none.
    #[error("the noise variance {0} is not a positive finite number")]
    Variance(f64),
    /// Measured values that do not belong to the tree.
    #[error("the {level} level has {expected} places, but {found} values were given")]
    Length {
        /// Which level.
        level: &'static str,
        /// By the tree.
        expected: usize,
        /// By the values.
        found: usize,
    },
}

/// One district: its size, and the numbers of the closed form.
#[derive(Clone, Copy, Debug)]
struct District {
    /// Neighbourhoods in it.
    size: f64,
    /// Weight by which each neighbourhood takes up the district's surprise.
    gain: f64,
    /// b: covariance of one neighbourhood with its district's sum, before the city is used.
    with_sum: f64,
}

/// Which neighbourhood lies in which district, and how noisy each level is.
///
/// # Source
/// Generalised least squares; the covariance by two rank-one updates (Sherman-Morrison): with v0,
/// v1, v2 the variances, n_d the neighbourhoods of district d, b_d = v0 v1 / (v1 + n_d v0) and
/// s = sum of n_d b_d,
/// Cov(i, j) = \[i = j\] v0 - \[same d\] v0^2 / (v1 + n_d v0) - b_di b_dj / (v2 + s).
/// M. Hay et al., "Boosting the accuracy of differentially private histograms through
/// consistency", VLDB 2010, has it for even trees.
#[derive(Clone, Debug)]
pub struct PlaceTree {
    noise: LevelNoise,
    district_of: Vec<u16>,
    districts: Vec<District>,
    /// Variance of the city's sum before the city's own measurement is used: s.
    sum_variance: f64,
}

impl PlaceTree {
    /// A tree over `leaves` neighbourhoods.
    ///
    /// # Shape
    /// `district_of` names a district for each of them, numbered from 0; `None` puts all into one
    /// that is not measured.
    ///
    /// # Errors
    /// When a district is empty or a variance is not positive.
    pub fn new(
        leaves: usize,
        district_of: Option<&[u16]>,
        noise: LevelNoise,
    ) -> Result<Self, LevelsError> {
        if leaves == 0 {
            return Err(LevelsError::Empty);
        }
        let variances = [Some(noise.leaf), noise.district, noise.city];
        for variance in variances.into_iter().flatten() {
            if !(variance.is_finite() && variance > 0.0) {
                return Err(LevelsError::Variance(variance));
            }
        }
        let district_of = match district_of {
            Some(named) => same_length("neighbourhood", leaves, named)?.to_vec(),
            None if noise.district.is_some() => return Err(LevelsError::NoDistricts),
            None => vec![0; leaves],
        };
        let mut sizes: Vec<u32> = Vec::new();
        for district in district_of.iter().copied().map(usize::from) {
            sizes.resize(sizes.len().max(district + 1), 0);
            sizes[district] += 1;
        }
        if let Some(empty) = sizes.iter().position(|size| *size == 0) {
            return Err(LevelsError::DistrictEmpty(empty));
        }
        let district = |size: &u32| District::new(f64::from(*size), noise);
        let districts: Vec<District> = sizes.iter().map(district).collect();
        let sum_variance = sum(districts.iter().map(|d| d.size * d.with_sum));
        Ok(Self { noise, district_of, districts, sum_variance })
    }

    /// Number of districts.
    pub fn districts(&self) -> usize {
        self.districts.len()
    }

    /// The district of a neighbourhood.
    pub fn district_of(&self, leaf: usize) -> usize {
        usize::from(self.district_of[leaf])
    }

    /// The best estimates from what each level measured.
    ///
    /// # Shape
    /// One value for each neighbourhood, for each district (none when they were not measured), and
    /// for the city.
    ///
    /// # Errors
    /// When the values are not those of the measured levels.
    pub fn reconcile(
        &self,
        leaf: &[f64],
        districts: &[f64],
        city: Option<f64>,
    ) -> Result<Reconciled, LevelsError> {
        let measured = if self.noise.district.is_some() { self.districts.len() } else { 0 };
        same_length("neighbourhood", self.district_of.len(), leaf)?;
        same_length("district", measured, districts)?;
        let cities = usize::from(self.noise.city.is_some());
        same_length("city", cities, city.as_slice())?;

        let mut leaf = leaf.to_vec();
        let sums = self.sums(&leaf);
        for (place, district) in leaf.iter_mut().zip(&self.district_of) {
            let d = usize::from(*district);
            if let Some(found) = districts.get(d) {
                *place += self.districts[d].gain * (found - sums[d]);
            }
        }
        let surprise = city.map_or(0.0, |city| city - sum(self.sums(&leaf)));
        let divisor = self.noise.city.map_or(1.0, |own| own + self.sum_variance);
        for (place, district) in leaf.iter_mut().zip(&self.district_of) {
            *place += self.districts[usize::from(*district)].with_sum / divisor * surprise;
        }
        let districts = self.sums(&leaf);
        Ok(Reconciled { leaf, city: sum(districts.iter().copied()), districts })
    }

    /// Covariance of two reconciled estimates.
    ///
    /// # Units
    /// Those of [`LevelNoise`].
    pub fn covariance(&self, a: Node, b: Node) -> f64 {
        let before = match (a, b) {
            (Node::City, Node::City) => self.sum_variance,
            (Node::City, node) | (node, Node::City) => self.with_city(node),
            (Node::District(d), Node::District(e)) if d == e => self.with_city(a),
            (Node::District(d), Node::Leaf(i)) | (Node::Leaf(i), Node::District(d))
                if self.district_of(i) == d =>
            {
                self.districts[d].with_sum
            }
            (Node::Leaf(i), Node::Leaf(j)) if self.district_of(i) == self.district_of(j) => {
                let shared = -self.districts[self.district_of(i)].gain * self.noise.leaf;
                if i == j { self.noise.leaf + shared } else { shared }
            }
            _ => 0.0,
        };
        match self.noise.city {
            Some(own) => before - self.with_city(a) * self.with_city(b) / (own + self.sum_variance),
            None => before,
        }
    }

    /// Variance of a reconciled estimate.
    pub fn variance(&self, node: Node) -> f64 {
        self.covariance(node, node)
    }

    /// Correlation of two reconciled estimates, from -1 to 1.
    pub fn correlation(&self, a: Node, b: Node) -> f64 {
        self.covariance(a, b) / (self.variance(a) * self.variance(b)).sqrt()
    }

    /// Covariance with the city's sum before the city's own measurement is used.
    fn with_city(&self, node: Node) -> f64 {
        match node {
            Node::Leaf(i) => self.districts[self.district_of(i)].with_sum,
            Node::District(d) => self.districts[d].size * self.districts[d].with_sum,
            Node::City => self.sum_variance,
        }
    }

    fn sums(&self, leaf: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.districts.len()];
        for (value, district) in leaf.iter().zip(&self.district_of) {
            sums[usize::from(*district)] += value;
        }
        sums
    }
}

impl District {
    fn new(size: f64, noise: LevelNoise) -> Self {
        let v0 = noise.leaf;
        let gain = noise.district.map_or(0.0, |v1| v0 / (v1 + size * v0));
        let with_sum = noise.district.map_or(v0, |v1| v0 * v1 / (v1 + size * v0));
        Self { size, gain, with_sum }
    }
}

/// A sum in the order given; a release must come out the same, bit for bit.
fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, |total, value| total + value)
}

fn same_length<'a, T>(
    level: &'static str,
    expected: usize,
    found: &'a [T],
) -> Result<&'a [T], LevelsError> {
    if found.len() == expected {
        return Ok(found);
    }
    Err(LevelsError::Length { level, expected, found: found.len() })
}

#[cfg(test)]
#[path = "levels_tests.rs"]
mod tests;
