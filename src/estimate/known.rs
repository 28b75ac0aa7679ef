//! Releases of an invented city with chosen numbers in place of noise, to test what is said of them.

use crate::{
    domain::{CellSchema, Grouping, KeySet, NamedKey, Sentiment, VOICE_UNITS, Window},
    privacy::{Budget, FamilySpec, PrivacyPlan, measuring_voices},
    release::{
        CellRow, Document, FamilyFacts, Interval, LedgerFacts, Measure, ModelFacts, Opinion,
        PipelineFacts, PrivacyStatement, PrivacyUnit, WindowFacts, net_sentiment, voices,
    },
};

/// Two neighbourhoods, two topics and "other".
pub(crate) fn keys() -> KeySet {
    let key = |id: &str, name: &str| NamedKey { id: id.into(), name: name.into() };
    KeySet {
        neighborhoods: vec![key("east", "East"), key("west", "West")],
        topics: vec![key("parks", "Parks"), key("tolls", "Tolls"), key("other", "Other")],
        districts: Vec::new(),
    }
}

/// A grouping by the letters of `by`: n, t, s.
fn grouping(by: &str) -> Grouping {
    Grouping {
        neighborhood: by.contains('n'),
        topic: by.contains('t'),
        sentiment: by.contains('s'),
    }
}

/// The release of the week `window` of a family that groups by the letters of `by`: n, t, s. `told` gives
/// the voices of a cell by neighbourhood, topic and tone. Its noise is that of an ordinary plan.
pub(crate) fn release(
    by: &str,
    window: u32,
    told: impl Fn(Option<&str>, Option<&str>, Option<Sentiment>) -> f64,
) -> Document {
    let (keys, grouping) = (keys(), grouping(by));
    let spec = FamilySpec {
        id: format!("by-{by}"),
        name: "a family".into(),
        grouping,
        every_windows: 1,
        windows_max: 1,
        share_percent: 100,
        cells_max: 6,
        sigma_units: None,
        levels: Vec::new(),
        to_date_windows: None,
        from_window: None,
        until_window: None,
    };
    let budget = Budget::new(2.0, 1e-6, 13).unwrap();
    let plan = PrivacyPlan::new(budget.clone(), vec![spec], &keys).unwrap();
    let family = plan.families()[0].stated();
    let privacy =
        PrivacyStatement::new(PrivacyUnit::Resident, &budget, &family, Window(window)).unwrap();
    let sigma = privacy.sigma_voices;
    let row = |cell: crate::domain::Cell| {
        let id = |keys: &[NamedKey], at: usize| keys[at].id.clone();
        let neighborhood = cell.neighborhood.map(|n| id(&keys.neighborhoods, usize::from(n.0)));
        let topic = cell.topic.map(|t| id(&keys.topics, usize::from(t.0)));
        let noisy = told(neighborhood.as_deref(), topic.as_deref(), cell.sentiment);
        CellRow {
            neighborhood,
            district: None,
            topic,
            sentiment: cell.sentiment,
            noisy_units: (noisy * f64::from(VOICE_UNITS)).round() as i64,
            voices: voices(noisy, sigma),
        }
    };
    let cells: Vec<CellRow> = CellSchema::new(grouping, &keys).cells().map(row).collect();
    let day = |week: u32| {
        let start: jiff::civil::Date = "2026-01-05".parse().unwrap();
        (start + jiff::Span::new().weeks(week)).to_string()
    };
    Document {
        format: "undertone-release/1".into(),
        release_id: format!("{by}-{window}"),
        pipeline: PipelineFacts { id: "town".into(), title: "Town".into() },
        family: FamilyFacts { id: format!("by-{by}"), name: "a family".into(), grouping },
        window: WindowFacts {
            first: window,
            last: window,
            from: day(window),
            until: day(window + 1),
            zone: "UTC".into(),
        },
        ledger: LedgerFacts {
            origin: "undertone/town".into(),
            reserve_index: 0,
            attempt: 1,
            plan_sha256: String::new(),
        },
        privacy,
        model: ModelFacts { name: "none".into(), ..ModelFacts::default() },
        opinions: opinions(&cells, sigma),
        keys,
        cells,
        levels: Vec::new(),
        reconciled: Vec::new(),
        to_date: None,
        wider_opinions: Vec::new(),
    }
}

/// Positive and negative voices of a cell; 10 neutral and 5 unread ones.
pub(crate) fn sides(positive: f64, negative: f64) -> impl Fn(Option<Sentiment>) -> f64 {
    move |tone| match tone {
        Some(Sentiment::Positive) => positive,
        Some(Sentiment::Negative) => negative,
        Some(Sentiment::Neutral) => 10.0,
        Some(Sentiment::Unread) | None => 5.0,
    }
}

fn opinions(cells: &[CellRow], sigma: f64) -> Vec<Opinion> {
    let mut found: Vec<(Opinion, [f64; 3])> = Vec::new();
    for cell in cells {
        let Some(tone) = Sentiment::READ.iter().position(|tone| Some(*tone) == cell.sentiment)
        else {
            continue;
        };
        let same = |(opinion, _): &(Opinion, [f64; 3])| {
            (&opinion.neighborhood, &opinion.topic) == (&cell.neighborhood, &cell.topic)
        };
        let at = found.iter().position(same).unwrap_or_else(|| {
            let opinion = Opinion {
                neighborhood: cell.neighborhood.clone(),
                district: None,
                topic: cell.topic.clone(),
                voices: Interval { value: 0.0, low: 0.0, high: 0.0 },
                net_sentiment: Measure::Measuring { voices_min: measuring_voices(sigma) },
            };
            found.push((opinion, [0.0; 3]));
            found.len() - 1
        });
        found[at].1[tone] = cell.voices.value;
    }
    let told = |(mut opinion, tones): (Opinion, [f64; 3])| {
        opinion.voices = voices(tones.iter().sum(), sigma * 3f64.sqrt());
        if let Some(net) = net_sentiment(tones, sigma) {
            opinion.net_sentiment = Measure::Estimate(net);
        }
        opinion
    };
    found.into_iter().map(told).collect()
}
