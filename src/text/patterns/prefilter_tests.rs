use std::{fs, path::Path, sync::LazyLock};

use phonenumber::country::Id;
use proptest::prelude::*;

use super::*;
use crate::{domain::fuzz::Mutator, text::fuzz::TARGETS};

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(Some(Id::US)));

/// The shapes that match although the prefilter rules them out.
fn ruled_out(text: &str) -> Vec<&'static str> {
    let traits = PATTERNS.prefilter.traits(text);
    let unmet = PATTERNS.recognizers.iter().filter(|shape| !shape.needs().are_met(&traits));
    let mut missed = Vec::new();
    unmet.for_each(|shape| shape.scan(text, &mut |hit| missed.push(hit.recognizer)));
    missed
}

/// Words and figures of which every shape can be put together, between bars.
const PARTS: &str = "0|7|12|34|555|0134|1951|06511|123456|5550134|20255501|4111111111111111|A|AB|\
    KLM|x|ab|1B|4C|O2|Elm|Ana Ruiz|DEUTDEFF|SWIFT|o|of|de|la|el|on|in|at|is|my|her|mi|i|we|work|\
    for|i live|she lives|residing|we moved|my building|vivo en|viven en|vivia en|resido en|\
    mi casa esta en|calle|Calle|avda|C/|cra|kr|tv|Street|ST|Xing|gdns|crossing|Pine Ridge Rd|\
    broadway|route|cr|county road|north|South|e|block|box|Box|p|b|P.O.|RR|unit|psc|apt|piso|puerta|\
    zip|cp|c.p.|general delivery|lista de correos|CT|dob|d.o.b|born|nacio|naci|birth date|Feb|march|\
    years old|yo|y/o|anos|anos de edad|aged|edad|i'm|im|he is|she's|hes|tengo|cumplio|turned|\
    mujer de|tiene|ssn|passport|dni|driver's license|lic|last four|last|social|vin|visa|case|permit|\
    ref|acct|medical record|user|apn|no|num|number|tag|plate|matricula|registration|exp|cvv|pin|\
    valid thru|phone|tel|call|whatsapp|mi numero|movil|email|insta|ig|vk|cash app|screen name|handle|\
    users/|u/|profiles/|x.bsky.social|a.brid.gy|did:plc:|npub1|https|www.|sms|geo|ftps|sips|xmpp|tg|\
    signal|name|nombre|fullname|first_name|signed|saludos|me llamo|my name is|Mr|Dra|Dr|do\u{f1}a|\
    Do\u{f1}a|Don|i have|diagnosed with|heart disease|kidney failure|multiple sclerosis|tumour|\
    autistic|lot|example.org|2001|db8|ff00|X";

const SEAMS: &[&str] = &[
    "", " ", "  ", "-", ".", "/", ":", "@", "=", "#", ",", ", ", "+", "(", ")", "_", "\"", "'",
    ": ", "# ", " # ", "::", "///", "://", "&", "$", "\t", "\n", "\u{b0}", "\u{e9}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(29), ..ProptestConfig::default() })]

    #[test]
    fn prefilter_never_rules_out_a_shape_that_matches(
        parts in prop::collection::vec(
            (
                prop::sample::select(PARTS.split('|').collect::<Vec<_>>()),
                prop::sample::select(SEAMS),
                any::<bool>(),
            ),
            1..9,
        )
    ) {
        let seam = |seam, spaced| if spaced { " " } else { seam };
        let text: String =
            parts.iter().flat_map(|(part, with, spaced)| [*part, seam(with, *spaced)]).collect();
        prop_assert_eq!(ruled_out(&text), Vec::<&str>::new(), "{}", text);
    }
}

#[test]
fn prefilter_rules_out_no_match_in_mutated_texts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fuzz/text");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let seeds = files.iter().map(|file| fs::read(file).unwrap()).collect();
    let mut mutator = Mutator::new(3, seeds, TARGETS[0].tokens);
    for _ in 0..400 {
        let data = mutator.next();
        let text = String::from_utf8_lossy(data);
        assert_eq!(ruled_out(&text), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn what_a_shape_can_begin_with_stands_in_the_lexicon() {
    for (text, shape) in [
        ("residing on Oak Street", "home-street"),
        ("tengo 34", "age-first-person"),
        ("sms:6075550134", "url"),
        ("12 Deer Xing", "address"),
        ("4-Feb-1951", "old-date"),
        ("12-34-56-78", "parcel-number"),
    ] {
        let mut found = Vec::new();
        PATTERNS.scan(text, |hit| found.push(hit.recognizer));
        assert!(found.contains(&shape), "{text}: {found:?}");
    }
}
