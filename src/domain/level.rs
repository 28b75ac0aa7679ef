//! Levels of place: the city, its districts, their neighbourhoods.

use serde::{Deserialize, Serialize};

use super::{KeySet, NamedKey};

/// How finely a place is told.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One neighbourhood.
    Neighborhood,
    /// One district: the sum of its neighbourhoods.
    District,
    /// The whole city.
    City,
}

impl Level {
    /// Its name in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Neighborhood => "neighborhood",
            Level::District => "district",
            Level::City => "city",
        }
    }
}

/// A district and the neighbourhoods it is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct District {
    /// Stable id and name.
    #[serde(flatten)]
    pub key: NamedKey,
    /// Ids of its neighbourhoods.
    pub neighborhoods: Vec<String>,
}

/// Why districts do not divide the neighbourhoods among them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DistrictError {
    /// Two districts under one id.
    #[error("the district id `{0}` stands twice; ids must differ")]
    Twice(String),
    /// A district names a neighbourhood that the plan does not have.
    #[error("district `{district}` names `{neighborhood}`, which is no neighbourhood of the plan")]
    Unknown {
        /// The district.
        district: String,
        /// What it names.
        neighborhood: String,
    },
    /// A district without neighbourhoods.
    #[error("district `{0}` has no neighbourhood; remove it, or name some")]
    Empty(String),
    /// A neighbourhood belongs to no district, or to two.
    #[error("neighbourhood `{neighborhood}` belongs to {found} districts; put it into exactly one")]
    Belongs {
        /// The neighbourhood.
        neighborhood: String,
        /// To how many it belongs.
        found: usize,
    },
}

impl KeySet {
    /// The district of each neighbourhood, by index and in order; empty for a plan without districts.
    ///
    /// # Errors
    /// When the districts do not divide the neighbourhoods: each must belong to exactly one.
    pub fn district_of(&self) -> Result<Vec<u16>, DistrictError> {
        if self.districts.is_empty() {
            return Ok(Vec::new());
        }
        for (at, district) in self.districts.iter().enumerate() {
            let id = &district.key.id;
            if self.districts[..at].iter().any(|other| other.key.id == *id) {
                return Err(DistrictError::Twice(id.clone()));
            }
            if district.neighborhoods.is_empty() {
                return Err(DistrictError::Empty(id.clone()));
            }
            let known = |id: &String| self.neighborhoods.iter().any(|key| key.id == *id);
            if let Some(unknown) = district.neighborhoods.iter().find(|id| !known(id)) {
                let (district, neighborhood) = (id.clone(), unknown.clone());
                return Err(DistrictError::Unknown { district, neighborhood });
            }
        }
        self.neighborhoods.iter().map(|key| self.the_district_of(&key.id)).collect()
    }

    fn the_district_of(&self, neighborhood: &str) -> Result<u16, DistrictError> {
        let names = |district: &District| {
            district.neighborhoods.iter().filter(|id| *id == neighborhood).count()
        };
        let found: usize = self.districts.iter().map(names).sum();
        let at = self.districts.iter().position(|district| names(district) > 0);
        match at.and_then(|at| u16::try_from(at).ok()) {
            Some(at) if found == 1 => Ok(at),
            _ => Err(DistrictError::Belongs { neighborhood: neighborhood.to_owned(), found }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(districts: &[(&str, &[&str])]) -> KeySet {
        let key = |id: &str| NamedKey { id: id.into(), name: id.into() };
        KeySet {
            neighborhoods: ["east", "west", "hill"].map(key).to_vec(),
            topics: vec![key("other")],
            districts: districts
                .iter()
                .map(|(id, names)| District {
                    key: key(id),
                    neighborhoods: names.iter().map(|name| (*name).to_owned()).collect(),
                })
                .collect(),
        }
    }

    #[test]
    fn district_of_each_neighbourhood_follows_the_lists_in_any_order() {
        let keys = keys(&[("high", &["hill"]), ("low", &["west", "east"])]);
        assert_eq!(keys.district_of().unwrap(), [1, 1, 0]);
    }

    #[test]
    fn plan_without_districts_has_none() {
        assert!(keys(&[]).district_of().unwrap().is_empty());
    }

    #[test]
    fn districts_that_do_not_divide_the_city_are_refused() {
        let refused = |districts| keys(districts).district_of().unwrap_err();
        let belongs = |id: &str, found| DistrictError::Belongs { neighborhood: id.into(), found };
        assert_eq!(refused(&[("low", &["west", "east"])]), belongs("hill", 0));
        let twice: &[(&str, &[&str])] = &[("a", &["east", "west"]), ("b", &["west", "hill"])];
        assert_eq!(refused(twice), belongs("west", 2));
        assert!(matches!(refused(&[("a", &["shore"])]), DistrictError::Unknown { .. }));
        assert!(matches!(refused(&[("a", &[])]), DistrictError::Empty(_)));
        assert!(matches!(refused(&[("a", &["east"]), ("a", &["hill"])]), DistrictError::Twice(_)));
    }
}
