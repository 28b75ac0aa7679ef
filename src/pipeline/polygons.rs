//! Neighbourhood polygons: read from GeoJSON, found by point.
//!
//! Coordinates are taken as they stand, on the plane of longitude and latitude; at the size of a
//! city the difference to the globe is far below that of the drawing.

use std::fs;

use geo::{BoundingRect, Intersects, MultiPolygon, Point};
use geojson::{Feature, GeoJson};
use rstar::{
    RTree,
    primitives::{GeomWithData, Rectangle},
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{PlacesError, PolygonFile};
use crate::domain::{NamedKey, Neighborhood};

/// One feature of the file.
pub(super) struct Shape {
    pub key: NamedKey,
    area: MultiPolygon<f64>,
}

/// Polygons behind a tree of their bounding boxes.
#[derive(Clone, Debug)]
pub(super) struct Polygons {
    boxes: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
    areas: Vec<(Neighborhood, MultiPolygon<f64>)>,
}

/// Reads the features of `file`.
pub(super) fn read(file: &PolygonFile) -> Result<Vec<Shape>, PlacesError> {
    let path = &file.path;
    let text = fs::read_to_string(path)
        .map_err(|error| PlacesError::Read { file: path.clone(), error })?;
    let not_geojson = |reason: String| PlacesError::NotGeoJson { file: path.clone(), reason };
    match text.parse::<GeoJson>() {
        Ok(GeoJson::FeatureCollection(all)) if all.features.is_empty() => {
            Err(not_geojson("it has no features".into()))
        }
        Ok(GeoJson::FeatureCollection(all)) => {
            all.features.into_iter().enumerate().map(|(i, f)| shape(file, i, f)).collect()
        }
        Ok(_) => Err(not_geojson("it holds a single geometry or feature".into())),
        Err(error) => Err(not_geojson(error.to_string())),
    }
}

fn shape(file: &PolygonFile, index: usize, feature: Feature) -> Result<Shape, PlacesError> {
    let name = property(file, index, &feature, &file.name_property)?;
    let id = match &file.id_property {
        Some(key) => property(file, index, &feature, key)?,
        None => id_from(&name),
    };
    let geometry =
        feature.geometry.ok_or_else(|| broken(file, index, "geometry", "it is missing"))?;
    let area = match geo::Geometry::<f64>::try_from(geometry) {
        Ok(geo::Geometry::Polygon(polygon)) => MultiPolygon(vec![polygon]),
        Ok(geo::Geometry::MultiPolygon(area)) => area,
        Ok(_) => return Err(broken(file, index, "geometry", "use Polygon or MultiPolygon")),
        Err(error) => return Err(broken(file, index, "geometry", &error.to_string())),
    };
    Ok(Shape { key: NamedKey { id, name }, area })
}

/// The text of a property; whole numbers count as text.
fn property(
    file: &PolygonFile,
    index: usize,
    feature: &Feature,
    key: &str,
) -> Result<String, PlacesError> {
    let text = match feature.property(key) {
        Some(serde_json::Value::String(text)) => text.trim().to_owned(),
        Some(serde_json::Value::Number(number)) => number.to_string(),
        Some(_) => return Err(broken(file, index, key, "use a text or a whole number")),
        None => return Err(broken(file, index, key, "the feature has no such property")),
    };
    if text.is_empty() {
        return Err(broken(file, index, key, "it is empty"));
    }
    Ok(text)
}

fn broken(file: &PolygonFile, index: usize, key: &str, reason: &str) -> PlacesError {
    let (file, key, reason) = (file.path.clone(), key.to_owned(), reason.to_owned());
    PlacesError::Feature { file, index, key, reason }
}

/// An id made from a name: marks dropped, lower case, one hyphen for all else.
fn id_from(name: &str) -> String {
    let letters = name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    let plain: String = letters.map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join("-")
}

impl Polygons {
    /// Joins shapes to the neighbourhoods that `of` finds for them; several shapes may be one.
    pub fn new(
        shapes: Vec<Shape>,
        file: &PolygonFile,
        of: impl Fn(&NamedKey) -> Option<Neighborhood>,
    ) -> Result<Self, PlacesError> {
        let (mut boxes, mut areas) = (Vec::new(), Vec::new());
        for (index, Shape { key, area }) in shapes.into_iter().enumerate() {
            let unknown = || broken(file, index, &key.name, "no neighbourhood has this id or name");
            let neighborhood = of(&key).ok_or_else(unknown)?;
            let empty = || broken(file, index, "geometry", "it is empty");
            let bounds = area.bounding_rect().ok_or_else(empty)?;
            let (low, high) = (bounds.min(), bounds.max());
            let bounds = Rectangle::from_corners([low.x, low.y], [high.x, high.y]);
            boxes.push(GeomWithData::new(bounds, areas.len()));
            areas.push((neighborhood, area));
        }
        Ok(Self { boxes: RTree::bulk_load(boxes), areas })
    }

    /// Every ring of every area: longitudes and latitudes as they stand in the file.
    pub fn rings(&self) -> impl Iterator<Item = (Neighborhood, Vec<[f64; 2]>)> + '_ {
        let ring = |line: &geo::LineString<f64>| line.coords().map(|c| [c.x, c.y]).collect();
        self.areas.iter().flat_map(move |(place, area)| {
            let polygons = area.0.iter();
            let lines = polygons.flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
            lines.map(move |line| (*place, ring(line)))
        })
    }

    /// The first neighbourhood of the plan that has the point inside or on its border.
    pub fn at(&self, latitude: f64, longitude: f64) -> Option<Neighborhood> {
        let point = Point::new(longitude, latitude);
        let near = self.boxes.locate_all_at_point([longitude, latitude]);
        let areas = near.map(|near| &self.areas[near.data]);
        areas.filter(|(_, area)| area.intersects(&point)).map(|(found, _)| *found).min()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::{
        domain::Place,
        pipeline::{Listed, MissingPlace, Places, PlacesSpec, Rejection},
    };

    fn square(name: &str, west: f64, id: &str) -> String {
        let (a, b) = (west, west + 1.0);
        format!(
            r#"{{"type":"Feature","properties":{{"name":"{name}","code":{id}}},"geometry":
            {{"type":"Polygon","coordinates":[[[{a},0],[{b},0],[{b},1],[{a},1],[{a},0]]]}}}}"#
        )
    }

    fn load(features: &[String], listed: Vec<Listed>) -> Result<Places, PlacesError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let features = features.join(",");
        write!(file, r#"{{"type":"FeatureCollection","features":[{features}]}}"#).unwrap();
        let path = file.path().to_owned();
        let polygons = PolygonFile { path, name_property: "name".into(), id_property: None };
        Places::load(&PlacesSpec {
            listed,
            polygons: Some(polygons),
            missing: MissingPlace::Reject,
        })
    }

    fn at(places: &Places, longitude: f64, latitude: f64) -> Result<u16, Rejection> {
        places.resolve(&Place::Point { latitude, longitude }).map(|found| found.0)
    }

    #[test]
    fn point_is_found_inside_and_on_a_border_in_the_first_of_the_plan() {
        let east_first = [square("East Side", 1.0, "1"), square("West", 0.0, "2")];
        let places = load(&east_first, vec![]).unwrap();
        let ids: Vec<_> = places.keys().iter().map(|key| key.id.as_str()).collect();
        assert_eq!(ids, ["east-side", "west"]);
        assert_eq!(at(&places, 0.5, 0.5), Ok(1));
        assert_eq!(at(&places, 1.5, 0.5), Ok(0));
        assert_eq!(at(&places, 1.0, 0.5), Ok(0), "the shared border");
        assert_eq!(at(&places, 0.0, 0.0), Ok(1), "a corner");
        assert_eq!(at(&places, 2.1, 0.5), Err(Rejection::OutsideNeighborhoods));
    }

    #[test]
    fn shapes_of_one_name_are_one_neighborhood() {
        let places = load(&[square("A", 0.0, "1"), square("A", 5.0, "2")], vec![]).unwrap();
        assert_eq!((places.keys().len(), at(&places, 5.5, 0.5)), (1, Ok(0)));
    }

    #[test]
    fn shape_that_the_list_does_not_know_is_refused_with_its_index() {
        let key = NamedKey { id: "w".into(), name: "West".into() };
        let listed = vec![Listed { key, aliases: vec![] }];
        let error = load(&[square("West", 0.0, "1"), square("East", 1.0, "2")], listed);
        let error = error.unwrap_err();
        assert!(matches!(&error, PlacesError::Feature { index: 1, key, .. } if key == "East"));
    }

    #[test]
    fn feature_that_cannot_be_used_is_named_by_index_and_key() {
        let unnamed = square("A", 0.0, "1").replace("\"name\"", "\"nom\"");
        let line = r#"{"type":"Feature","properties":{"name":"B"},"geometry":
            {"type":"LineString","coordinates":[[0,0],[1,1]]}}"#;
        for (feature, at) in [(unnamed, "name"), (line.to_owned(), "geometry")] {
            let error = load(&[square("W", 0.0, "1"), feature], vec![]).unwrap_err();
            assert!(matches!(&error, PlacesError::Feature { index: 1, key, .. } if key == at));
        }
        assert!(matches!(load(&[], vec![]), Err(PlacesError::NotGeoJson { .. })));
    }

    #[test]
    fn id_from_a_name_drops_marks_and_joins_words() {
        assert_eq!(id_from(" Wooster Square/Mill River"), "wooster-square-mill-river");
        assert_eq!(id_from("Chamberí Ñ"), "chamberi-n");
    }
}
