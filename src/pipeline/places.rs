//! Places: from what a row says of its place to a neighbourhood of the plan.
//!
//! The list is public and fixed before any comment is read. Names are compared folded (case,
//! width and spaces), points by polygon. It guesses nothing: an unknown name is a refusal.

use std::{collections::HashMap, path::PathBuf};

use unicode_normalization::UnicodeNormalization;

use super::{Rejection, polygons::Polygons};
use crate::domain::{NamedKey, Neighborhood, Place};

/// A plan has at most this many neighbourhoods.
const NEIGHBORHOODS_MAX: usize = 10_000;

/// Where the neighbourhoods of a plan come from.
#[derive(Clone, Debug)]
pub struct PlacesSpec {
    /// The list as written; when it is empty, the polygon file is the list.
    pub listed: Vec<Listed>,
    /// Polygons to look points up in.
    pub polygons: Option<PolygonFile>,
    /// What becomes of a comment without a place.
    pub missing: MissingPlace,
}

/// One neighbourhood of the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id and name.
    pub key: NamedKey,
    /// Other names that sources use for it.
    pub aliases: Vec<String>,
}

/// A GeoJSON file with a polygon or multipolygon for each neighbourhood.
#[derive(Clone, Debug)]
pub struct PolygonFile {
    /// The file: a FeatureCollection in WGS 84.
    pub path: PathBuf,
    /// The property that holds the name.
    pub name_property: String,
    /// The property that holds the id; without it the id is made from the name.
    pub id_property: Option<String>,
}

/// What becomes of a comment without a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MissingPlace {
    /// It is refused.
    Reject,
    /// It counts in the neighbourhood with this id.
    CountIn(String),
}

/// The neighbourhoods of a plan, ready for lookup.
#[derive(Clone, Debug)]
pub struct Places {
    keys: Vec<NamedKey>,
    names: HashMap<String, Neighborhood>,
    polygons: Option<Polygons>,
    missing: Option<Neighborhood>,
}

/// Why the neighbourhoods of a plan cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlacesError {
    /// The polygon file cannot be read.
    #[error("cannot read the polygon file {file}: {error}")]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The polygon file is not a GeoJSON FeatureCollection.
    #[error("{file} is not a GeoJSON FeatureCollection: {reason}")]
    NotGeoJson {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// One feature cannot be used.
    #[error("{file}: feature {index}, `{key}`: {reason}")]
    Feature {
        /// The file.
        file: PathBuf,
        /// Which feature, counted from 0.
        index: usize,
        /// The property or member that is wrong.
        key: String,
        /// What was found and what is allowed.
        reason: String,
    },
    /// Nothing to count by.
    #[error("the plan names no neighbourhood; list at least one, or give a polygon file")]
    Empty,
    /// More than a plan may have.
    #[error("the plan names {0} neighbourhoods; allowed: at most {NEIGHBORHOODS_MAX}")]
    TooMany(usize),
    /// An id that tables and files cannot carry.
    #[error("`{0}` is not a neighbourhood id: use a-z, 0-9 and -")]
    Id(String),
    /// Two neighbourhoods under one id.
    #[error("the neighbourhood id `{0}` stands twice; ids must differ")]
    SameId(String),
    /// One name for two neighbourhoods.
    #[error("the name `{name}` means both `{first}` and `{second}`; remove one of them")]
    SameName {
        /// The name, folded.
        name: String,
        /// One id.
        first: String,
        /// The other.
        second: String,
    },
    /// Comments without a place are to count in a neighbourhood that is not in the list.
    #[error(
        "comments without a place shall count in `{0}`, which is not a neighbourhood id of the plan"
    )]
    Missing(String),
}

impl Places {
    /// Reads and checks the neighbourhoods.
    ///
    /// # Errors
    /// When the list or the polygon file cannot be used; the message names file, feature and key.
    pub fn load(spec: &PlacesSpec) -> Result<Self, PlacesError> {
        let shapes = spec.polygons.as_ref().map(super::polygons::read).transpose()?;
        let mut listed = spec.listed.clone();
        if listed.is_empty() {
            let mut keys: Vec<NamedKey> = Vec::new();
            for shape in shapes.iter().flatten().filter(|shape| !shape.key.id.is_empty()) {
                if !keys.iter().any(|key| key.id == shape.key.id) {
                    keys.push(shape.key.clone());
                }
            }
            listed = keys.into_iter().map(|key| Listed { key, aliases: Vec::new() }).collect();
        }
        let mut places = Self::listed(&listed)?;
        places.missing = match &spec.missing {
            MissingPlace::Reject => None,
            MissingPlace::CountIn(id) => {
                Some(places.by_id(id).ok_or_else(|| PlacesError::Missing(id.clone()))?)
            }
        };
        if let (Some(shapes), Some(file)) = (shapes, &spec.polygons) {
            let of = |key: &NamedKey| places.by_id(&key.id).or_else(|| places.by_name(&key.name));
            places.polygons = Some(Polygons::new(shapes, file, of)?);
        }
        Ok(places)
    }

    /// The public outlines, to draw a map: every ring with the neighbourhood it belongs to; empty
    /// where the plan has no polygons.
    pub fn rings(&self) -> Vec<(Neighborhood, Vec<[f64; 2]>)> {
        self.polygons.iter().flat_map(Polygons::rings).collect()
    }

    /// The neighbourhoods in the plan's order.
    pub fn keys(&self) -> &[NamedKey] {
        &self.keys
    }

    /// The neighbourhood that `place` lies in.
    ///
    /// A point on a border belongs to the neighbourhood that comes first in the plan.
    ///
    /// # Errors
    /// The reason why it lies in none.
    pub fn resolve(&self, place: &Place) -> Result<Neighborhood, Rejection> {
        match place {
            Place::Named(name) => self.by_name(name).ok_or(Rejection::UnknownNeighborhood),
            Place::Point { latitude, longitude } => self
                .polygons
                .as_ref()
                .and_then(|polygons| polygons.at(*latitude, *longitude))
                .ok_or(Rejection::OutsideNeighborhoods),
            Place::Missing => self.missing.ok_or(Rejection::NoPlace),
        }
    }

    fn listed(listed: &[Listed]) -> Result<Self, PlacesError> {
        match listed.len() {
            0 => return Err(PlacesError::Empty),
            n if n > NEIGHBORHOODS_MAX => return Err(PlacesError::TooMany(n)),
            _ => {}
        }
        let keys: Vec<NamedKey> = listed.iter().map(|listed| listed.key.clone()).collect();
        let mut names = HashMap::new();
        for (index, Listed { key, aliases }) in (0u16..).zip(listed) {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            if key.id.is_empty() || !key.id.bytes().all(plain) {
                return Err(PlacesError::Id(key.id.clone()));
            }
            if keys[..usize::from(index)].iter().any(|other| other.id == key.id) {
                return Err(PlacesError::SameId(key.id.clone()));
            }
            for name in [&key.id, &key.name].into_iter().chain(aliases) {
                let other = names.insert(fold(name), Neighborhood(index));
                if let Some(Neighborhood(other)) = other.filter(|other| other.0 != index) {
                    return Err(PlacesError::SameName {
                        name: fold(name),
                        first: keys[usize::from(other)].id.clone(),
                        second: key.id.clone(),
                    });
                }
            }
        }
        Ok(Self { keys, names, polygons: None, missing: None })
    }

    fn by_id(&self, id: &str) -> Option<Neighborhood> {
        (0u16..).zip(&self.keys).find(|(_, key)| key.id == id).map(|(index, _)| Neighborhood(index))
    }

    fn by_name(&self, name: &str) -> Option<Neighborhood> {
        self.names.get(&fold(name)).copied()
    }
}

/// A name without the differences that do not matter: width, case and spaces.
fn fold(name: &str) -> String {
    let plain = name.nfkc().collect::<String>().to_lowercase();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str, name: &str, aliases: &[&str]) -> Listed {
        let aliases = aliases.iter().map(|alias| (*alias).into()).collect();
        Listed { key: NamedKey { id: id.into(), name: name.into() }, aliases }
    }

    fn load(listed: Vec<Listed>, missing: MissingPlace) -> Result<Places, PlacesError> {
        Places::load(&PlacesSpec { listed, polygons: None, missing })
    }

    fn named(name: &str) -> Place {
        Place::Named(name.into())
    }

    #[test]
    fn name_matches_by_id_name_or_alias_whatever_its_case_width_and_spaces() {
        let list = vec![listed("a", "Mill River", &["The Mill"]), listed("b", "Hill", &[])];
        let places = load(list, MissingPlace::Reject).unwrap();
        for name in ["a", "mill river", "  MILL   River ", "the mill", "ＭＩＬＬ river"] {
            assert_eq!(places.resolve(&named(name)), Ok(Neighborhood(0)), "{name}");
        }
        let unknown = places.resolve(&named("Millriver"));
        assert_eq!(unknown, Err(Rejection::UnknownNeighborhood));
        let nowhere = Place::Point { latitude: 1.0, longitude: 1.0 };
        assert_eq!(places.resolve(&nowhere), Err(Rejection::OutsideNeighborhoods));
    }

    #[test]
    fn missing_place_is_refused_or_counted_where_the_plan_says() {
        let list = vec![listed("a", "A", &[]), listed("city", "All", &[])];
        let rejecting = load(list.clone(), MissingPlace::Reject).unwrap();
        assert_eq!(rejecting.resolve(&Place::Missing), Err(Rejection::NoPlace));
        let counting = load(list.clone(), MissingPlace::CountIn("city".into())).unwrap();
        assert_eq!(counting.resolve(&Place::Missing), Ok(Neighborhood(1)));
        let absent = load(list, MissingPlace::CountIn("town".into())).unwrap_err();
        assert!(matches!(absent, PlacesError::Missing(id) if id == "town"));
    }

    #[test]
    fn list_that_is_empty_or_ambiguous_is_refused() {
        let load = |list| load(list, MissingPlace::Reject).unwrap_err();
        assert!(matches!(load(vec![]), PlacesError::Empty));
        assert!(matches!(load(vec![listed("A b", "A", &[])]), PlacesError::Id(_)));
        let twice = vec![listed("a", "A", &[]), listed("a", "B", &[])];
        assert!(matches!(load(twice), PlacesError::SameId(_)));
        let shared = vec![listed("a", "A", &["x"]), listed("b", "B", &[" X"])];
        assert!(matches!(load(shared), PlacesError::SameName { .. }));
    }
}
