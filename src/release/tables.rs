//! The numbers of a release under their public names: cells, levels, what reconciles them, and the
//! running total.
//!
//! Post-processing of noisy integers, free of charge. A verifier puts a release together again bit
//! for bit, so nothing here depends on anything but its arguments.

use super::{
    CellRow, EstimateRow, Facts, Interval, LevelTable, Opinion, RunningTotal,
    estimates::{Counted, opinions},
    voices,
};
use crate::{
    domain::{Cell, CellSchema, DistrictError, KeySet, Level, NamedKey, Sentiment, VOICE_UNITS},
    privacy::{
        Layer, LevelNoise, LevelsError, LossError, Node, PlaceTree, PrefixError, PrefixMatrix,
        StatedFamily,
    },
};

/// Why noisy numbers do not make a release.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The library refused to convert a loss.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// Districts that do not divide the city.
    #[error(transparent)]
    Districts(#[from] DistrictError),
    /// Levels that cannot be reconciled.
    #[error(transparent)]
    Levels(#[from] LevelsError),
    /// A running total that cannot be decoded.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// Numbers of another family.
    #[error("it has {found} cells; its plan has {expected}")]
    Cells {
        /// By the plan.
        expected: usize,
        /// By the numbers.
        found: usize,
    },
}

/// The tables of one release.
pub(super) struct Tables {
    pub cells: Vec<CellRow>,
    pub levels: Vec<LevelTable>,
    pub reconciled: Vec<EstimateRow>,
    pub to_date: Option<RunningTotal>,
}

/// Units of one voice.
const UNIT: f64 = VOICE_UNITS as f64;

impl Tables {
    pub fn new(facts: &Facts, units: &[i64]) -> Result<Self, DocumentError> {
        let Facts { keys, family, earlier, .. } = facts;
        let expected = family.cells_of_all_levels();
        let others = earlier.iter().map(Vec::len).find(|length| *length != expected);
        if units.len() != expected || others.is_some() {
            let found = others.unwrap_or(units.len());
            return Err(DocumentError::Cells { expected, found });
        }
        let names = Names { keys, schema: CellSchema::new(family.declared.grouping, keys) };
        if !family.coefficients.is_empty() {
            return Self::running(&names, family, earlier, units);
        }
        let mut rest = units;
        let mut tables = family.layers.iter().map(|layer| {
            let (own, others) = rest.split_at(layer.cells.min(rest.len()));
            rest = others;
            LevelTable {
                level: layer.level,
                sigma_units: layer.sigma_units,
                cells: names.rows(layer, own),
            }
        });
        let finest = tables.next().map(|table| table.cells).unwrap_or_default();
        let levels: Vec<LevelTable> = tables.collect();
        let reconciled = match levels.is_empty() {
            true => Vec::new(),
            false => reconcile(&names, family, units)?,
        };
        Ok(Self { cells: finest, levels, reconciled, to_date: None })
    }

    /// A running total: its rows show what is decoded from all releases of the run so far.
    fn running(
        names: &Names<'_>,
        family: &StatedFamily,
        earlier: &[Vec<i64>],
        units: &[i64],
    ) -> Result<Self, DocumentError> {
        let matrix = PrefixMatrix::new(u32::try_from(family.coefficients.len()).unwrap_or(0))?;
        let releases: Vec<Vec<i64>> = earlier.iter().cloned().chain([units.to_vec()]).collect();
        let sigma = f64::from(family.sigma_units()) / UNIT;
        let total = |cell: usize| -> Result<Interval, DocumentError> {
            let noisy: Vec<i64> = releases.iter().map(|units| units[cell]).collect();
            let last = matrix.decode(&noisy)?.pop();
            let (value, factor) = last.map_or((0.0, 0.0), |t| (t.value, t.variance_factor));
            Ok(voices(value / UNIT, sigma * factor.sqrt()))
        };
        let mut cells = names.rows(&family.layers[0], units);
        for (at, cell) in cells.iter_mut().enumerate() {
            cell.voices = total(at)?;
        }
        let coefficients = family.coefficients.clone();
        let to_date = Some(RunningTotal { coefficients, releases });
        Ok(Self { cells, levels: Vec::new(), reconciled: Vec::new(), to_date })
    }

    /// Opinions of the finest level.
    pub fn opinions(&self) -> Vec<Opinion> {
        if self.reconciled.is_empty() {
            return opinions(self.cells.iter().map(|row| Counted {
                neighborhood: row.neighborhood.as_deref(),
                district: None,
                topic: row.topic.as_deref(),
                sentiment: row.sentiment,
                voices: row.voices,
            }));
        }
        opinions(self.estimates(|level| level == Level::Neighborhood))
    }

    /// Opinions of districts and the city, where they were measured.
    pub fn wider_opinions(&self) -> Vec<Opinion> {
        opinions(self.estimates(|level| level != Level::Neighborhood))
    }

    fn estimates(&self, of: impl Fn(Level) -> bool) -> impl Iterator<Item = Counted<'_>> {
        self.reconciled.iter().filter(move |row| of(row.level)).map(|row| Counted {
            neighborhood: row.neighborhood.as_deref(),
            district: row.district.as_deref(),
            topic: row.topic.as_deref(),
            sentiment: row.sentiment,
            voices: row.voices,
        })
    }
}

/// The public names of cells.
struct Names<'a> {
    keys: &'a KeySet,
    schema: CellSchema,
}

impl Names<'_> {
    /// The cells of one level with their noise.
    fn rows(&self, layer: &Layer, units: &[i64]) -> Vec<CellRow> {
        let sigma = f64::from(layer.sigma_units) / UNIT;
        let row = |(at, units): (usize, &i64)| {
            let cell = self.cell(layer.level, at);
            CellRow {
                neighborhood: cell.neighborhood,
                district: cell.district,
                topic: cell.topic,
                sentiment: cell.sentiment,
                noisy_units: *units,
                voices: voices(*units as f64 / UNIT, sigma),
            }
        };
        units.iter().enumerate().map(row).collect()
    }

    fn cell(&self, level: Level, at: usize) -> Named {
        let opinions = self.schema.opinions();
        let of = |cell: Option<Cell>| {
            let cell = cell.unwrap_or(Cell { neighborhood: None, topic: None, sentiment: None });
            let topic = cell.topic.and_then(|t| id_of(&self.keys.topics, usize::from(t.0)));
            (topic, cell.sentiment)
        };
        let (topic, sentiment) = of(self.schema.without_places().cells().nth(at % opinions));
        let (neighborhood, district) = match level {
            Level::Neighborhood => (id_of(&self.keys.neighborhoods, at / opinions), None),
            Level::District => {
                let district = self.keys.districts.get(at / opinions);
                (None, district.map(|district| district.key.id.clone()))
            }
            Level::City => (None, None),
        };
        Named { neighborhood, district, topic, sentiment }
    }
}

/// A cell's public names.
struct Named {
    neighborhood: Option<String>,
    district: Option<String>,
    topic: Option<String>,
    sentiment: Option<Sentiment>,
}

fn id_of(keys: &[NamedKey], at: usize) -> Option<String> {
    keys.get(at).map(|key| key.id.clone())
}

/// Weighted least squares over the levels, for every opinion by itself: their noise is independent.
fn reconcile(
    names: &Names<'_>,
    family: &StatedFamily,
    units: &[i64],
) -> Result<Vec<EstimateRow>, DocumentError> {
    let at = |level: Level| family.layers.iter().position(|layer| layer.level == level);
    let variance = |level: Level| {
        at(level).map(|at| (f64::from(family.layers[at].sigma_units) / UNIT).powi(2))
    };
    let offset = |at: usize| family.layers[..at].iter().map(|layer| layer.cells).sum::<usize>();
    let (opinions, leaves) = (names.schema.opinions(), names.keys.neighborhoods.len());
    let district_of = match at(Level::District) {
        Some(_) => Some(names.keys.district_of()?),
        None => None,
    };
    let noise = LevelNoise {
        leaf: variance(Level::Neighborhood).unwrap_or(0.0),
        district: variance(Level::District),
        city: variance(Level::City),
    };
    let tree = PlaceTree::new(leaves, district_of.as_deref(), noise)?;
    let column = |level: Level, opinion: usize| -> Vec<f64> {
        let Some(at) = at(level) else { return Vec::new() };
        let own = &units[offset(at)..][..family.layers[at].cells];
        own.iter().skip(opinion).step_by(opinions).map(|units| *units as f64 / UNIT).collect()
    };
    let mut rows: Vec<((Level, usize, usize), EstimateRow)> = Vec::new();
    for opinion in 0..opinions {
        let city = column(Level::City, opinion).first().copied();
        let leaf = column(Level::Neighborhood, opinion);
        let found = tree.reconcile(&leaf, &column(Level::District, opinion), city)?;
        let mut push = |level: Level, place: usize, value: f64, node: Node| {
            let Named { neighborhood, district, topic, sentiment } =
                names.cell(level, place * opinions + opinion);
            let voices = voices(value, tree.variance(node).sqrt());
            let row = EstimateRow { level, neighborhood, district, topic, sentiment, voices };
            rows.push(((level, place, opinion), row));
        };
        for (place, value) in found.leaf.iter().enumerate() {
            push(Level::Neighborhood, place, *value, Node::Leaf(place));
        }
        if district_of.is_some() {
            for (place, value) in found.districts.iter().enumerate() {
                push(Level::District, place, *value, Node::District(place));
            }
        }
        push(Level::City, 0, found.city, Node::City);
    }
    rows.sort_by_key(|(key, _)| *key);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}
