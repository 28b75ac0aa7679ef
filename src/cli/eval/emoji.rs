//! What reading emoji is worth: posts that have some, beside the same posts without them.

use std::path::Path;

use super::{
    super::Failure,
    corpora::{self, ToneRow},
    measure::{Figure, bootstrap, macro_recall},
    report::Report,
    tones::Told,
};
use crate::model::{Classifier, TopicSpec};

/// Measures posts of GoEmotions whose emotions all sound alike.
pub(super) fn report(
    data: &Path,
    classifier: &Classifier,
    specs: &[TopicSpec],
) -> Result<Report, Failure> {
    let mut rows = corpora::emotion_tones(data)?;
    rows.retain(|row| row.text.contains(is_emoji));
    let bare = |row: &ToneRow| ToneRow { text: row.text.replace(is_emoji, " "), tone: row.tone };
    let without: Vec<ToneRow> = rows.iter().map(bare).collect();
    let figure = |name: &str, rows: &[ToneRow]| -> Result<(Figure, Told), Failure> {
        let told = Told::of(classifier, specs, rows, "en")?;
        let rule = |rows: &[usize]| macro_recall(rows, &told.truth, &told.guess, 3);
        Ok((bootstrap(name, rows.len(), rule), told))
    };
    let (with, told) = figure("macro recall", &rows)?;
    let (bare, _) = figure("macro recall of the same posts without emoji", &without)?;
    Ok(Report {
        set: "emoji".into(),
        texts: rows.len(),
        figures: vec![with, bare],
        confusion: Some(told.confusion()),
        groups: Vec::new(),
        notes: vec![
            "the tone is that of the emotions which somebody marked; none of these posts was \
             trained on"
                .into(),
        ],
    })
}

fn is_emoji(one: char) -> bool {
    matches!(one, '\u{2600}'..='\u{27bf}' | '\u{fe0f}' | '\u{1f300}'..='\u{1faff}')
}
