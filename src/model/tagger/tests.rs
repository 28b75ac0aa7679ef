//! Tests of the tagger on the weights in `models/`. Every name in them is made up.

use std::{path::PathBuf, sync::OnceLock};

use super::*;
use crate::{model::sentences::SENTENCES, text::PiiKind};

fn tagger() -> &'static RampartTagger {
    static LOADED: OnceLock<RampartTagger> = OnceLock::new();
    let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models");
    LOADED.get_or_init(|| RampartTagger::load(&models, TAG_THRESHOLD, Compute::default()).unwrap())
}

fn tagged(text: &str) -> Vec<(String, PiiKind)> {
    let found = tagger().tag(text, &[]).unwrap();
    found.into_iter().map(|t| (text[t.start..t.end].to_owned(), t.kind)).collect()
}

#[test]
fn tag_of_names_and_an_address_gives_their_bytes() {
    let text = "My name is Márta Kowalski and I live at 742 Evergreen Terrace.";
    let found = tagged(text);
    assert!(found.contains(&("Márta Kowalski".into(), PiiKind::Person)), "{found:?}");
    assert!(found.contains(&("742 Evergreen Terrace".into(), PiiKind::Address)), "{found:?}");
}

#[test]
fn tag_of_a_text_in_one_case_is_the_same_in_the_other() {
    let text = "ask deborah winslow about the budget";
    assert_eq!(tagger().tag(text, &[]).unwrap(), tagger().tag(&text.to_uppercase(), &[]).unwrap());
    assert!(tagger().ignores_case());
}

#[test]
fn tag_tells_a_name_from_the_word_it_also_is() {
    let found = tagged("Ask Mark about the lane; please mark it in May");
    assert_eq!(found, [("Mark".into(), PiiKind::Person)]);
}

#[test]
fn tag_of_employer_and_illness_is_found() {
    let found = tagged("I work nights at Walmart and my son has severe asthma");
    assert!(found.contains(&("Walmart".into(), PiiKind::Employer)), "{found:?}");
    assert!(found.iter().any(|(_, kind)| *kind == PiiKind::Medical), "{found:?}");
}

#[test]
fn tag_of_a_long_text_finds_a_name_at_any_depth() {
    let filler = SENTENCES.join(" ");
    for at in [0, 1_200, 2_400, filler.len()] {
        let at = filler[..at].rfind(' ').map_or(0, |space| space + 1);
        let text = format!("{}Ask Deborah Winslow. {}", &filler[..at], &filler[at..]);
        let found = tagged(&text);
        let whole = found
            .iter()
            .any(|(name, kind)| name.contains("Deborah Winslow") && *kind == PiiKind::Person);
        assert!(whole, "at byte {at}");
    }
}

#[test]
fn tag_of_nothing_finds_nothing() {
    assert_eq!(tagged(""), []);
    assert_eq!(tagged(" \u{200b} "), []);
}

#[test]
fn tag_past_the_limit_is_refused() {
    let text = "a ".repeat(TAGGED_PIECES_MAX + 1);
    assert_eq!(tagger().tag(&text, &[]), Err(TagError::TooLong));
}

#[test]
fn post_is_a_text_with_an_account_or_a_link() {
    for text in ["so @ana_b did", "see HTTPS://t.co/x", "at www.example.org", "ana@example.org"] {
        assert!(is_post(text), "{text}");
    }
    for text in ["", "meet @ noon", "the http of it", "fix the road"] {
        assert!(!is_post(text), "{text}");
    }
}

#[test]
fn tag_of_a_name_in_a_hashtag_is_found_whatever_its_case() {
    for text in
        ["so sad #RIPDeborahWinslow", "so sad #ripdeborahwinslow", "SO SAD #RIPDEBORAHWINSLOW"]
    {
        let found = tagged(text);
        let named = |(name, kind): &(String, PiiKind)| {
            name.to_lowercase().contains("deborah") && *kind == PiiKind::Person
        };
        assert!(found.iter().any(named), "{found:?}");
    }
}

#[test]
fn threshold_that_was_chosen_is_the_one_a_pipeline_has_by_default() {
    assert_eq!(crate::text::Policy::default().score_min, TAG_THRESHOLD);
}

#[test]
fn tag_is_the_same_on_each_path_and_reads_what_is_hidden_short() {
    let text = "thanks @marta_k and Deborah Winslow for https://t.co/Anna8Smith";
    let hidden: Vec<Hidden> =
        [("@marta_k", PiiKind::Handle), ("https://t.co/Anna8Smith", PiiKind::Url)]
            .into_iter()
            .map(|(stretch, kind)| {
                let start = text.find(stretch).unwrap();
                Hidden { start, end: start + stretch.len(), kind }
            })
            .collect();
    let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models");
    let tags = |isa| {
        let compute = Compute { isa: Some(isa), ..Compute::default() };
        RampartTagger::load(&models, TAG_THRESHOLD, compute).unwrap().tag(text, &hidden).unwrap()
    };
    let paths: Vec<_> = crate::model::Isa::available().into_iter().map(tags).collect();
    assert!(paths.windows(2).all(|pair| pair[0] == pair[1]));
    let named =
        |t: &Tagged| &text[t.start..t.end] == "Deborah Winslow" && t.kind == PiiKind::Person;
    assert!(paths[0].iter().any(named), "{:?}", paths[0]);
}
