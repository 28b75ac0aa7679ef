//! Public numbers of the pipeline file: `[census]`, `[[survey]]` and `[[target]]`. The plan in the
//! ledger does not hold them, so they can be added while it runs.

use std::{collections::BTreeMap, fs, path::Path};

use super::{
    ConfigError, beside,
    raw::{RawCensus, RawSurvey, RawTarget},
};
use crate::{
    domain::KeySet,
    estimate::silent::{Aim, AreaResult, Census, PublicNumbers, Subject, Survey, Target},
};

/// Largest census file that is read.
const CENSUS_BYTES_MAX: u64 = 1 << 20;

/// Reads and checks them against the lists of the plan.
pub(super) fn build(
    file: &Path,
    census: Option<RawCensus>,
    surveys: Vec<RawSurvey>,
    targets: Vec<RawTarget>,
    keys: &KeySet,
) -> Result<PublicNumbers, ConfigError> {
    let census = census.map(|raw| read_census(file, raw)).transpose()?;
    let surveys = surveys
        .into_iter()
        .map(|raw| survey(raw, census.as_ref()))
        .collect::<Result<Vec<_>, _>>()?;
    let targets = targets.into_iter().map(target).collect::<Result<Vec<_>, _>>()?;
    PublicNumbers::new(census, surveys, targets, keys)
        .map_err(|e| ConfigError::because("public numbers", e))
}

fn read_census(file: &Path, raw: RawCensus) -> Result<Census, ConfigError> {
    let residents = match (raw.residents.is_empty(), raw.file) {
        (false, None) => raw.residents,
        (true, Some(named)) => census_file(&beside(file, &named))?,
        _ => {
            let allowed = "either residents = { id = number, … } or file = \"census.csv\"";
            return Err(ConfigError::found("census", "both or neither", allowed));
        }
    };
    Ok(Census { source: raw.source, residents })
}

/// Lines `neighborhood,residents`, after that header.
fn census_file(path: &Path) -> Result<BTreeMap<String, u64>, ConfigError> {
    let fault =
        |what: String| ConfigError::because("census.file", format!("{}: {what}", path.display()));
    let size = fs::metadata(path).map_err(|e| fault(format!("cannot read it: {e}")))?.len();
    if size > CENSUS_BYTES_MAX {
        return Err(fault(format!("found {size} bytes; allowed: at most {CENSUS_BYTES_MAX}")));
    }
    let text = fs::read_to_string(path).map_err(|e| fault(format!("cannot read it: {e}")))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let fields = |line: &str| -> Vec<String> {
        line.split(',').map(|field| field.trim().trim_matches('"').to_owned()).collect()
    };
    let header = lines.next().map(|(_, line)| fields(line)).unwrap_or_default();
    if header != ["neighborhood", "residents"] {
        let found = header.join(",");
        return Err(fault(format!("found `{found}` as header; allowed: neighborhood,residents")));
    }
    let mut residents = BTreeMap::new();
    for (at, line) in lines {
        let refused = |what: &str| fault(format!("line {}: {what}", at + 1));
        let [id, count] = <[String; 2]>::try_from(fields(line))
            .map_err(|_| refused("allowed: two fields, neighborhood and residents"))?;
        let count = count
            .parse()
            .map_err(|_| refused(&format!("found `{count}` residents; allowed: a whole number")))?;
        if residents.insert(id.clone(), count).is_some() {
            return Err(refused(&format!("`{id}` stands twice")));
        }
    }
    Ok(residents)
}

/// A survey as meant. Left out, a standard error is that of a simple random sample, and the city's share
/// is that of its areas, weighted by the census.
fn survey(raw: RawSurvey, census: Option<&Census>) -> Result<Survey, ConfigError> {
    super::check_id("survey.id", &raw.id)?;
    let simple = |share: f64, n: u32| (share * (1.0 - share) / f64::from(n.max(1))).sqrt();
    let mut areas = Vec::new();
    for area in raw.areas {
        let error = match (area.standard_error, area.respondents) {
            (Some(error), _) => error,
            (None, Some(n)) => simple(area.share, n),
            (None, None) => {
                let allowed = "respondents, or standard_error, for each area";
                return Err(ConfigError::found("survey.areas", "neither", allowed));
            }
        };
        let neighborhood = area.neighborhood;
        areas.push(AreaResult { neighborhood, share: area.share, standard_error: error });
    }
    let whole = match (raw.share, census) {
        (Some(share), _) => {
            Some((share, raw.standard_error.unwrap_or_else(|| simple(share, raw.respondents))))
        }
        (None, Some(census)) => of_areas(&areas, census),
        (None, None) => None,
    };
    let (share, standard_error) = whole.ok_or_else(|| {
        let allowed = "share, or areas of every neighbourhood of [census]";
        ConfigError::found("survey.share", format!("none in `{}`", raw.id), allowed)
    })?;
    Ok(Survey {
        id: raw.id,
        date: raw.date,
        question: raw.question,
        topic: raw.topic,
        respondents: raw.respondents,
        share,
        standard_error,
        areas,
        drift: raw.drift,
    })
}

/// The city's share from all of its areas; none where one is missing.
fn of_areas(areas: &[AreaResult], census: &Census) -> Option<(f64, f64)> {
    let all = census.of(None)? as f64;
    let (mut share, mut variance) = (0.0, 0.0);
    for (id, residents) in &census.residents {
        let area = areas.iter().find(|area| area.neighborhood == *id)?;
        let part = *residents as f64 / all;
        share += part * area.share;
        variance += (part * area.standard_error).powi(2);
    }
    Some((share, variance.sqrt()))
}

fn target(raw: RawTarget) -> Result<Target, ConfigError> {
    let aim = match (raw.positive_share_min, raw.negative_share_max) {
        (Some(share), None) => Aim::PositiveMin(share),
        (None, Some(share)) => Aim::NegativeMax(share),
        _ => {
            let allowed = "either positive_share_min or negative_share_max";
            return Err(ConfigError::found("target", "both or neither", allowed));
        }
    };
    let subject = Subject { neighborhood: raw.neighborhood, topic: raw.topic };
    Ok(Target { subject, aim, windows: raw.windows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::NamedKey;

    fn keys() -> KeySet {
        let key = |id: &str| NamedKey { id: id.into(), name: id.into() };
        KeySet {
            neighborhoods: vec![key("east"), key("west")],
            topics: vec![key("parks"), key("other")],
            districts: Vec::new(),
        }
    }

    #[derive(serde::Deserialize)]
    struct Written {
        census: Option<RawCensus>,
        #[serde(default)]
        survey: Vec<RawSurvey>,
        #[serde(default)]
        target: Vec<RawTarget>,
    }

    fn built(file: &Path, text: &str) -> Result<PublicNumbers, ConfigError> {
        let Written { census, survey, target } = toml::from_str(text).unwrap();
        build(file, census, survey, target, &keys())
    }

    fn refused(text: &str) -> String {
        built(Path::new("town.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn census_is_read_inline_or_from_a_file_beside() {
        let inline = "[census]\nsource = \"2020\"\nresidents = { east = 40, west = 60 }";
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("town.toml");
        fs::write(folder.path().join("c.csv"), "neighborhood,residents\neast,40\n\n\"west\", 60\n")
            .unwrap();
        let named = "[census]\nsource = \"2020\"\nfile = \"c.csv\"";
        assert_eq!(built(&file, inline).unwrap(), built(&file, named).unwrap());
        fs::write(folder.path().join("c.csv"), "neighborhood,residents\neast,forty\n").unwrap();
        let error = built(&file, named).unwrap_err().to_string();
        assert!(error.contains("line 2: found `forty` residents"), "{error}");
        fs::write(folder.path().join("c.csv"), "place;people\n").unwrap();
        assert!(built(&file, named).unwrap_err().to_string().contains("as header"));
    }

    #[test]
    fn census_that_leaves_a_place_out_or_stands_twice_is_refused() {
        let missing = refused("[census]\nsource = \"2020\"\nresidents = { east = 40 }");
        assert!(missing.contains("residents of `west` are missing"), "{missing}");
        let both = "[census]\nsource = \"x\"\nfile = \"c.csv\"\nresidents = { east = 1, west = 1 }";
        assert!(refused(both).contains("both or neither"));
    }

    #[test]
    fn survey_without_a_standard_error_has_that_of_a_simple_random_sample() {
        let text = "[[survey]]\nid = \"march\"\ndate = 2026-03-10\nquestion = \"Good parks?\"\n\
                    topic = \"parks\"\nrespondents = 600\nshare = 0.61";
        let got = built(Path::new("town.toml"), text).unwrap();
        assert!((got.surveys[0].standard_error - 0.019912).abs() < 1e-6);
        assert_eq!(got.surveys[0].drift, 1.0);
        assert!(refused(&text.replace("parks\"\nresp", "tolls\"\nresp")).contains("no topic"));
        assert!(refused(&text.replace("0.61", "61.0")).contains("found 61 as share"));
    }

    #[test]
    fn citys_share_is_that_of_all_areas_weighted_by_the_census() {
        let census = "[census]\nsource = \"2020\"\nresidents = { east = 25, west = 75 }\n";
        let survey = "[[survey]]\nid = \"march\"\ndate = 2026-03-10\nquestion = \"?\"\n\
                      respondents = 600\nareas = [{ neighborhood = \"east\", respondents = 300, share = 0.4 }, \
                      { neighborhood = \"west\", respondents = 300, share = 0.8 }]";
        let got = built(Path::new("town.toml"), &format!("{census}{survey}")).unwrap();
        assert!((got.surveys[0].share - 0.7).abs() < 1e-12);
        let got = refused(survey);
        assert!(got.contains("areas of every neighbourhood of [census]"), "{got}");
    }

    #[test]
    fn target_names_one_aim_of_a_subject_of_the_plan() {
        let text = "[[target]]\ntopic = \"parks\"\npositive_share_min = 0.6\nwindows = 4";
        let got = built(Path::new("town.toml"), text).unwrap();
        assert_eq!((got.targets[0].aim, got.targets[0].windows), (Aim::PositiveMin(0.6), 4));
        assert!(refused("[[target]]\ntopic = \"parks\"").contains("both or neither"));
        assert!(
            refused("[[target]]\ntopic = \"tolls\"\nnegative_share_max = 0.3").contains("tolls")
        );
        assert!(refused("[[target]]\npositive_share_min = 60.0").contains("found 60"));
    }
}
