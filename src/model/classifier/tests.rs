//! Tests of the whole classifier on the weights in `models/`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{LazyLock, OnceLock},
};

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::model::{Isa, Precision, built_in_topics, sentences};

fn models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models")
}

fn built_in() -> Vec<TopicSpec> {
    built_in_topics(&models()).unwrap()
}

fn classifier() -> &'static Classifier {
    static LOADED: OnceLock<Classifier> = OnceLock::new();
    LOADED.get_or_init(|| {
        Classifier::load(&models(), &built_in(), &Languages::all(), Compute::default()).unwrap()
    })
}

fn texts() -> Vec<RedactedText> {
    sentences::texts().iter().map(|text| RedactedText::from_public(text)).collect()
}

fn spanish() -> Vec<RedactedText> {
    sentences::spanish().iter().map(|text| RedactedText::from_public(text)).collect()
}

/// Labels and the bits of every probability.
type Bits = (Labels, Vec<u32>);

fn bits(reading: &Reading) -> Bits {
    let topics = reading.topics.iter().map(|(_, probability)| probability);
    let bits = reading.sentiment.iter().chain(topics).map(|value| value.to_bits()).collect();
    (reading.labels.clone(), bits)
}

/// Each text classified alone, on the thread of the test.
static ALONE: LazyLock<Vec<Bits>> = LazyLock::new(|| {
    fingerprinted().iter().map(|text| bits(&classifier().classify(text).unwrap())).collect()
});

fn together(order: &[usize], threads: usize) -> Vec<Bits> {
    let all = fingerprinted();
    let again = |&i: &usize| RedactedText::from_public(all[i].as_str());
    let texts: Vec<_> = order.iter().map(again).collect();
    let threads = NonZeroUsize::new(threads).unwrap();
    let readings = classifier().classify_all(&texts, threads).unwrap();
    readings.into_iter().map(|reading| bits(&reading.unwrap())).collect()
}

#[test]
fn classify_all_of_every_text_is_bit_identical_to_each_alone() {
    assert_eq!(sentences::texts().iter().collect::<BTreeSet<_>>().len(), 300);
    let order: Vec<usize> = (0..360).rev().collect();
    let found = together(&order, 2);
    assert!(order.iter().zip(&found).all(|(&i, found)| *found == ALONE[i]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn classify_all_of_any_batch_in_any_order_is_bit_identical_to_each_alone(
        order in prop::collection::vec(0_usize..360, 1..12), threads in 1_usize..=4,
    ) {
        let found = together(&order, threads);
        prop_assert!(order.iter().zip(&found).all(|(&i, found)| *found == ALONE[i]));
    }
}

#[test]
fn classify_of_a_text_in_a_language_that_is_not_read_is_unread() {
    let unread = |classifier: &Classifier, text: &str| {
        let reading = classifier.classify(&RedactedText::from_public(text)).unwrap();
        assert_eq!(reading.labels, Labels::unread(), "{text}");
        assert_eq!((reading.sentiment, reading.topics.len()), ([0.0; 3], 0));
    };
    let german = "Die Straße ist voller Schlaglöcher und der Bus kommt jeden Morgen zu spät.";
    unread(classifier(), german);
    let english =
        Classifier::load(&models(), &built_in(), &Languages::english(), Compute::default());
    unread(&english.unwrap(), sentences::SPANISH[0]);
}

#[test]
fn classify_reads_spanish_by_its_own_encoder_and_english_the_same_beside_it() {
    let es = Languages::new(&["es"]).unwrap();
    let alone = Classifier::load(&models(), &built_in(), &es, Compute::default()).unwrap();
    for text in spanish().iter().take(6) {
        let reading = classifier().classify(text).unwrap();
        assert_eq!(reading.language.code(), "es", "{}", text.as_str());
        assert_ne!(reading.labels, Labels::unread());
        assert_eq!(bits(&reading), bits(&alone.classify(text).unwrap()));
        assert_eq!(bits(&reading), bits(&classifier().read_as("es", text).unwrap()));
    }
    assert!(matches!(alone.read_as("en", &texts()[0]), Err(ModelError::Languages(_))));
    let english = Languages::english();
    let english = Classifier::load(&models(), &built_in(), &english, Compute::default()).unwrap();
    for text in texts().iter().take(6) {
        assert_eq!(
            bits(&classifier().classify(text).unwrap()),
            bits(&english.classify(text).unwrap())
        );
    }
}

#[test]
fn a_citys_own_topic_is_told_in_spanish_too() {
    let own = TopicSpec {
        id: "riverfront".into(),
        name: "Riverfront plan".into(),
        description: "The plan for the promenade, housing and shops along the river.".into(),
        examples: vec!["Rebuild the riverfront with a walk along the water.".into()],
        about: Vec::new(),
    };
    let es = Languages::new(&["es"]).unwrap();
    let topics: Vec<_> = built_in().into_iter().chain([own]).collect();
    let classifier = Classifier::load(&models(), &topics, &es, Compute::default()).unwrap();
    let chance = |text: &str| {
        let reading = classifier.classify(&RedactedText::from_public(text)).unwrap();
        reading.topics[topics.len() - 1].1
    };
    let near = chance("El plan del paseo junto al río con viviendas y tiendas me gusta.");
    assert!(near > chance("La biblioteca debería abrir los domingos por la tarde."));
}

#[test]
fn classify_gives_probabilities_and_at_most_three_topics() {
    let topics = built_in_topics(&models()).unwrap().len();
    let reading =
        classifier().classify(&RedactedText::from_public(sentences::SENTENCES[25])).unwrap();
    assert!((reading.sentiment.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    assert_eq!(reading.topics.len(), topics);
    assert!(reading.topics.iter().all(|(_, p)| (0.0..=1.0).contains(p)));
    assert!((1..=3).contains(&reading.labels.topics.len()));
}

#[test]
fn classify_with_placeholders_accounts_and_links_is_bit_identical_to_without() {
    let read =
        |text: &str| bits(&classifier().read_as("en", &RedactedText::from_public(text)).unwrap());
    let bare = read("The bus was late again this morning, thank you for nothing.");
    for text in [
        "<HANDLE> The bus was late again this morning, thank you for nothing. <URL>",
        "@transit The bus was late again <BIRTH_DATE> this morning, thank you for nothing.",
        "The bus was late again this morning, thank you for nothing. https://a.example/?q=late",
    ] {
        assert_eq!(read(text), bare, "{text}");
    }
    assert_ne!(read("The bus was late again this morning, thank you."), bare);
}

#[test]
fn classify_with_a_fitted_head_gives_its_topics_and_no_head_of_other_weights_loads() {
    let manifest = Manifest::open(models()).unwrap();
    let encoder = encoder_digest(&manifest, "en").unwrap();
    let axis =
        classifier().vector("en", &RedactedText::from_public(sentences::SENTENCES[4])).unwrap();
    let topic = |id: &str, sign: f32| crate::model::HeadTopic {
        id: id.into(),
        name: id.into(),
        threshold: 0.5,
        bias: -5.0 * sign,
        weights: axis.iter().map(|value| 10.0 * sign * value).collect(),
    };
    let topics = || vec![topic("lamps", 1.0), topic("rest", -1.0)];
    let head = |encoder| Arc::new(TopicHead::new(encoder, false, topics()).unwrap());
    let load = |head: Arc<TopicHead>, languages: &[&str]| {
        let languages = Languages::new(languages).unwrap();
        Classifier::load_with_head(&models(), &head, &languages, Compute::default())
    };
    assert_eq!(Languages::of_encoder(&manifest, &encoder).unwrap(), Languages::english());
    let fitted = load(head(encoder.clone()), &["en"]).unwrap();
    let topics = |text: &str| {
        let reading = fitted.classify(&RedactedText::from_public(text)).unwrap();
        reading.labels.topics.iter().map(|topic| topic.0).collect::<Vec<_>>()
    };
    assert_eq!(topics(sentences::SENTENCES[4]), [0]);
    assert_eq!(topics(sentences::SENTENCES[12]), [1]);
    for (encoder, language) in [("other".to_owned(), "en"), (encoder, "es")] {
        assert!(matches!(load(head(encoder), &[language]), Err(ModelError::TopicHead(_))));
    }
    assert!(Languages::of_encoder(&manifest, "other").is_err());
}

#[test]
fn classify_of_a_text_longer_than_the_model_reads_its_beginning() {
    let long = sentences::SENTENCES.join(" ");
    let reading = classifier().classify(&RedactedText::from_public(&long)).unwrap();
    let longer = format!("{long} {long}");
    let again = classifier().classify(&RedactedText::from_public(&longer)).unwrap();
    assert_eq!(bits(&reading), bits(&again));
}

/// One text as torch reads it with the same weights; `models/golden.py` writes them.
#[derive(serde::Deserialize)]
struct Golden {
    text: String,
    tokens: usize,
    sentiment: [f32; 3],
    topics: BTreeMap<String, f32>,
    assigned: BTreeSet<String>,
}

#[derive(serde::Deserialize)]
struct Goldens {
    texts: Vec<Golden>,
}

/// The reference arithmetic, whose numbers are torch's; the kernel's are near, not equal.
fn reference() -> Classifier {
    let compute = Compute { precision: Precision::F32, isa: None };
    Classifier::load(&models(), &built_in(), &Languages::all(), compute).unwrap()
}

#[test]
fn read_of_the_golden_texts_agrees_with_torch() {
    let reference = reference();
    let specs = built_in();
    let id = |topic: Topic| specs.get(usize::from(topic.0)).map_or("other", |spec| &spec.id);
    for reader in &reference.readers {
        let file = reader.kit.file("golden.json");
        let file = Manifest::open(models()).unwrap().read(&file).unwrap();
        let goldens: Goldens = serde_json::from_slice(&file).unwrap();
        assert_eq!(goldens.texts.len(), 20);
        for golden in goldens.texts {
            let read = Language::Known(reader.kit.language);
            let reading = reference.read(reader, &golden.text, read).unwrap();
            let text = format!("{}{}", reader.kit.prefix, reader.words.of(&golden.text));
            assert_eq!(reader.pieces.ids(&text).unwrap().len(), golden.tokens, "{}", golden.text);
            for (found, expected) in reading.sentiment.iter().zip(golden.sentiment) {
                assert!(
                    (found - expected).abs() < 1e-3,
                    "{}: {:?}",
                    golden.text,
                    reading.sentiment
                );
            }
            for &(topic, found) in &reading.topics {
                let expected = golden.topics[id(topic)];
                assert!((found - expected).abs() < 1e-3, "{}: {} {found}", golden.text, id(topic));
            }
            let assigned = reading.labels.topics.iter().map(|&topic| id(topic).to_owned());
            assert_eq!(assigned.collect::<BTreeSet<_>>(), golden.assigned, "{}", golden.text);
        }
    }
}

/// Sixteen hex digits of the SHA-256 over a text's labels and the bits of its probabilities.
fn fingerprint(reading: &Reading) -> String {
    let (labels, bits) = bits(reading);
    let mut hash = Sha256::new();
    hash.update([labels.sentiment as u8]);
    labels.topics.iter().for_each(|topic| hash.update(topic.0.to_le_bytes()));
    bits.iter().for_each(|bits| hash.update(bits.to_le_bytes()));
    hex::encode(&hash.finalize()[..8])
}

const FINGERPRINTS: &str = "fixtures/golden-labels.txt";

/// Three hundred texts in English, then sixty in Spanish.
fn fingerprinted() -> Vec<RedactedText> {
    texts().into_iter().chain(spanish()).collect()
}

#[test]
fn labels_on_each_path_are_those_of_the_golden_file() {
    let golden = std::fs::read_to_string(FINGERPRINTS).unwrap();
    let golden: Vec<&str> = golden.lines().filter(|line| !line.starts_with('#')).collect();
    let languages = Languages::all();
    // Plain Rust would take minutes here; the encoder's tests hold its states to the other paths'.
    for isa in Isa::available().into_iter().filter(|isa| *isa != Isa::Portable) {
        let compute = Compute { precision: Precision::Int8, isa: Some(isa) };
        let path = Classifier::load(&models(), &built_in(), &languages, compute).unwrap();
        for (text, golden) in fingerprinted().iter().zip(&golden) {
            let found = fingerprint(&path.classify(text).unwrap());
            assert_eq!(found, *golden, "{isa}: {}", text.as_str());
        }
    }
    assert_eq!(golden.len(), 360);
}

/// Writes the golden file; to be run after weights or arithmetic were changed on purpose.
#[test]
#[ignore = "writes the file that another test reads"]
fn write_golden_labels() {
    let mut lines = String::from(
        "# Labels of the test texts; made by `cargo test write_golden_labels -- --ignored`\n",
    );
    for text in fingerprinted() {
        lines.push_str(&fingerprint(&classifier().classify(&text).unwrap()));
        lines.push('\n');
    }
    std::fs::write(FINGERPRINTS, lines).unwrap();
}

#[test]
fn likeliest_of_equal_tones_is_the_earlier() {
    assert_eq!(likeliest([0.4, 0.4, 0.2]), Sentiment::Negative);
    assert_eq!(likeliest([0.2, 0.3, 0.5]), Sentiment::Positive);
}

#[test]
fn load_without_topics_is_refused() {
    assert!(matches!(
        Classifier::load(&models(), &[], &Languages::english(), Compute::default()),
        Err(ModelError::Topics(_))
    ));
}
