//! From the file as written to the plan as meant.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    ConfigError, Pipeline, alerts, beside, check_id, public,
    raw::{
        RawDistrict, RawFamily, RawLevels, RawNeighborhood, RawNeighborhoods, RawPipeline,
        RawSchedule,
    },
    redaction, serve, source,
    topics::{self, Topics},
};
use crate::{
    domain::{Calendar, District, Grouping, KeySet, Level, NamedKey, Window},
    model::{Languages, Manifest, ModelError, TopicHead, built_in_topics, find_models, no_models},
    pipeline::{Listed, MissingPlace, Places, PlacesSpec, PolygonFile},
    privacy::{Budget, FamilySpec, LevelSpec, PlanError, PrivacyPlan},
    release::{PrivacyUnit, ReleasePlan},
    text::Policy,
};

/// Paths that the command line names instead of the file.
#[derive(Default)]
pub struct Overrides {
    /// Folder of everything a run writes.
    pub data: Option<PathBuf>,
    /// Folder of the weights.
    pub models: Option<PathBuf>,
    /// GeoJSON of the neighbourhoods.
    pub neighborhoods: Option<PathBuf>,
}

/// Reads, checks and builds a pipeline file.
///
/// # Errors
/// When a key is missing, unknown or contradicts another, or the plan costs more than its budget.
pub fn load(file: &Path, overrides: Overrides) -> Result<Pipeline, ConfigError> {
    read(file).and_then(|(raw, digest)| build(file, raw, digest, overrides)).map_err(|e| e.of(file))
}

/// Reads the `[redaction]` table of a pipeline file.
///
/// # Errors
/// When the file or its list of streets cannot be read, or it is not a pipeline file.
pub fn load_policy(file: &Path) -> Result<Policy, ConfigError> {
    read(file).and_then(|(raw, _)| redaction::build(file, raw.redaction)).map_err(|e| e.of(file))
}

/// The file as written, with its SHA-256.
fn read(file: &Path) -> Result<(RawPipeline, String), ConfigError> {
    let text = fs::read_to_string(file)
        .map_err(|e| ConfigError::because("the file", format!("cannot read it: {e}")))?;
    let raw = toml::from_str(&text).map_err(|e| ConfigError::because("the file", in_words(&e)))?;
    Ok((raw, hex::encode(Sha256::digest(&text))))
}

/// What the reader of TOML says, its kinds of numbers in plain words.
fn in_words(error: &toml::de::Error) -> String {
    let text = error.to_string().replace("expected f64", "expected a number");
    let whole = ["u8", "u16", "u32", "u64", "usize"];
    whole.into_iter().fold(text, |text, kind| {
        text.replace(&format!("expected {kind}"), "expected a whole number")
    })
}

fn build(
    file: &Path,
    raw: RawPipeline,
    digest: String,
    overrides: Overrides,
) -> Result<Pipeline, ConfigError> {
    check_id("pipeline.id", &raw.pipeline.id)?;
    let models = models_folder(file, overrides.models, raw.models.folder.as_deref())?;
    let taxonomy =
        built_in_topics(&models).map_err(|e| ConfigError::because("models.folder", e))?;
    let Topics { specs: topics, keys: topic_keys, head: topic_head } =
        topics::build(file, raw.topics, taxonomy)?;
    let languages = languages(&models, raw.models.languages.as_deref(), topic_head.as_deref())?;
    let writing = source::writing(&raw.source)?;
    let missing = raw.neighborhoods.missing.clone();
    let districts = districts(&raw.neighborhoods.districts)?;
    let places = places(file, raw.neighborhoods, overrides.neighborhoods)?;
    let keys = KeySet { neighborhoods: places.keys().to_vec(), topics: topic_keys, districts };
    keys.district_of().map_err(|e| ConfigError::because("neighborhoods.district", e))?;
    if missing == "reject" && source::names_no_place(&raw.source) {
        let fault = "rows of the source name no place and neighborhoods.missing is `reject`: every row \
                     would be refused. Name neighborhood, or latitude and longitude, where the source \
                     has a map, or set missing to the id of a neighbourhood";
        let key = if raw.source.map.is_some() { "source.map" } else { "source.kind" };
        return Err(ConfigError::because(key, fault));
    }
    let unit = raw.source.unit;
    let input = raw.source.path.as_deref().map(|path| beside(file, path));
    let budget = Budget::new(raw.budget.epsilon, raw.budget.delta, raw.schedule.period_windows)
        .map_err(|e| ConfigError::because("budget", e))?;
    let calendar = calendar(&raw.schedule)?;
    let identity = source::identity(&raw.source);
    let (source, format) = source::build(file, raw.source, &raw.schedule, &calendar)?;
    let families = families(raw.families, unit)?;
    refuse_unanswerable(&families, calendar.windows())?;
    let public = public::build(file, raw.census, raw.surveys, raw.targets, &keys)?;
    let privacy = PrivacyPlan::new(budget, families, &keys)
        .map_err(|e| ConfigError::because("family", &e).refused_if(is_over_budget(&e)))?;
    let alerts = alerts::build(file, raw.alerts, &privacy, &keys)?;
    let plan = ReleasePlan {
        id: raw.pipeline.id,
        title: raw.pipeline.title,
        unit,
        identity,
        deployment: raw.deployment,
        calendar,
        keys,
        privacy,
    };
    let data = overrides.data.unwrap_or_else(|| beside(file, &raw.pipeline.data));
    let redaction = redaction::build(file, raw.redaction)?;
    let serve = serve::build(file, raw.serve)?;
    let keys = raw.keys;
    let file = file.to_owned();
    Ok(Pipeline {
        file,
        digest,
        plan,
        public,
        alerts,
        source,
        format,
        input,
        places,
        topics,
        topic_head,
        languages,
        writing,
        redaction,
        data,
        models,
        serve,
        keys,
    })
}

/// The languages that are read. A topic head reads those of the encoder that it was fitted on.
fn languages(
    models: &Path,
    listed: Option<&[String]>,
    head: Option<&TopicHead>,
) -> Result<Languages, ConfigError> {
    let refused = |e| {
        let why = match e {
            ModelError::Languages(found) => format!("found {found}"),
            other => other.to_string(),
        };
        ConfigError::because("models.languages", why)
    };
    match (listed, head) {
        (Some(codes), _) => Languages::new(codes).map_err(refused),
        (None, None) => Ok(Languages::english()),
        (None, Some(head)) => Manifest::open(models)
            .and_then(|manifest| Languages::of_encoder(&manifest, head.encoder()))
            .map_err(|e| ConfigError::because("topics.head", e)),
    }
}

/// Whether the plan asks for more privacy loss than it declares.
fn is_over_budget(error: &PlanError) -> bool {
    matches!(
        error,
        PlanError::Shares { .. }
            | PlanError::OverBudget { .. }
            | PlanError::OverShare { .. }
            | PlanError::LossAbove { .. }
            | PlanError::EpsilonAbove { .. }
    )
}

fn calendar(raw: &RawSchedule) -> Result<Calendar, ConfigError> {
    let RawSchedule { starts_on, window_days, windows, lateness_days, .. } = *raw;
    Calendar::new(starts_on, window_days, windows, &raw.zone, lateness_days)
        .map_err(|e| ConfigError::because("schedule", e))
}

fn families(raw: Vec<RawFamily>, unit: PrivacyUnit) -> Result<Vec<FamilySpec>, ConfigError> {
    if raw.is_empty() {
        let allowed = "at least one [[family]], such as by = [\"neighborhood\", \"sentiment\"]";
        return Err(ConfigError::found("family", "none", allowed));
    }
    raw.into_iter().map(|family| family_spec(family, unit)).collect()
}

/// A question that no window of a finite plan answers would take its share for nothing.
fn refuse_unanswerable(families: &[FamilySpec], windows: Option<u32>) -> Result<(), ConfigError> {
    let Some(windows) = windows else { return Ok(()) };
    let is_asked = |family: &FamilySpec| {
        family.until_window.is_some() // it was brought to its end, perhaps before its first release
            || (0..windows).any(|window| family.span_ending(Window(window)).is_some())
    };
    match families.iter().find(|family| family.every_windows > 0 && !is_asked(family)) {
        None => Ok(()),
        Some(family) => Err(ConfigError::because(
            "family",
            format!(
                "`{}` would never be released: from window {} on it needs {} windows, and the plan \
                 ends with window {}",
                family.id,
                family.from_window.unwrap_or(0),
                family.every_windows,
                windows - 1
            ),
        )),
    }
}

fn family_spec(raw: RawFamily, unit: PrivacyUnit) -> Result<FamilySpec, ConfigError> {
    check_id("family.id", &raw.id)?;
    let mut grouping = Grouping::default();
    for dimension in &raw.by {
        match dimension.as_str() {
            "neighborhood" => grouping.neighborhood = true,
            "topic" => grouping.topic = true,
            "sentiment" => grouping.sentiment = true,
            other => {
                let allowed = "neighborhood, topic, sentiment";
                return Err(ConfigError::found("family.by", format!("`{other}`"), allowed));
            }
        }
    }
    if unit == PrivacyUnit::Comment && raw.windows_max != 1 {
        let allowed = "1, because with unit = \"comment\" one comment stands in one window";
        return Err(ConfigError::found("family.windows_max", raw.windows_max, allowed));
    }
    Ok(FamilySpec {
        id: raw.id,
        name: raw.name,
        grouping,
        every_windows: raw.every_windows,
        windows_max: raw.windows_max,
        share_percent: raw.share_percent,
        cells_max: raw.cells_max,
        sigma_units: raw.sigma_units,
        levels: levels(raw.levels),
        to_date_windows: raw.to_date_windows,
        from_window: raw.from_window,
        until_window: raw.until_window,
    })
}

fn districts(raw: &[RawDistrict]) -> Result<Vec<District>, ConfigError> {
    raw.iter()
        .map(|district| {
            check_id("neighborhoods.district.id", &district.id)?;
            let key = NamedKey { id: district.id.clone(), name: district.name.clone() };
            Ok(District { key, neighborhoods: district.neighborhoods.clone() })
        })
        .collect()
}

fn levels(raw: Option<RawLevels>) -> Vec<LevelSpec> {
    let Some(raw) = raw else { return Vec::new() };
    let levels = [
        (Level::Neighborhood, Some(raw.neighborhood)),
        (Level::District, raw.district),
        (Level::City, raw.city),
    ];
    let spec = |(level, percent): (Level, Option<u8>)| Some(LevelSpec { level, percent: percent? });
    levels.into_iter().filter_map(spec).collect()
}

fn places(
    file: &Path,
    raw: RawNeighborhoods,
    polygons: Option<PathBuf>,
) -> Result<Places, ConfigError> {
    let listed = |n: RawNeighborhood| Listed {
        key: NamedKey { id: n.id, name: n.name },
        aliases: n.aliases,
    };
    let path = polygons.or_else(|| raw.geojson.as_deref().map(|path| beside(file, path)));
    let (name_property, id_property) = (raw.name_property, raw.id_property);
    let spec = PlacesSpec {
        listed: raw.list.into_iter().map(listed).collect(),
        polygons: path.map(|path| PolygonFile { path, name_property, id_property }),
        missing: match raw.missing.as_str() {
            "reject" => MissingPlace::Reject,
            id => MissingPlace::CountIn(id.to_owned()),
        },
    };
    Places::load(&spec).map_err(|e| ConfigError::because("neighborhoods", e))
}

/// The folder of the weights: as the command line or the file says, else `models` beside the
/// pipeline file's folder, in the working folder, or beside the program.
fn models_folder(
    file: &Path,
    named: Option<PathBuf>,
    raw: Option<&str>,
) -> Result<PathBuf, ConfigError> {
    if let Some(folder) = named.or_else(|| raw.map(|path| beside(file, path))) {
        return Ok(folder);
    }
    let near = beside(file, "../models");
    find_models(&near).ok_or_else(|| {
        let allowed = "a folder with manifest.json; name one with --models DIR or models.folder";
        ConfigError::found("models.folder", no_models(&near), allowed)
    })
}
