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

fn classifier() -> &'static Classifier {
    static LOADED: OnceLock<Classifier> = OnceLock::new();
    LOADED.get_or_init(|| {
        Classifier::load(&models(), &built_in_topics(&models()).unwrap(), Compute::default())
            .unwrap()
    })
}

fn texts() -> Vec<RedactedText> {
    sentences::texts().iter().map(|text| RedactedText::from_public(text)).collect()
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
    texts().iter().map(|text| bits(&classifier().classify(text).unwrap())).collect()
});

fn together(order: &[usize], threads: usize) -> Vec<Bits> {
    let all = sentences::texts();
    let texts: Vec<_> = order.iter().map(|&i| RedactedText::from_public(&all[i])).collect();
    let threads = NonZeroUsize::new(threads).unwrap();
    let readings = classifier().classify_all(&texts, threads).unwrap();
    readings.into_iter().map(|reading| bits(&reading.unwrap())).collect()
}

#[test]
fn classify_all_of_every_text_is_bit_identical_to_each_alone() {
    assert_eq!(sentences::texts().iter().collect::<BTreeSet<_>>().len(), 300);
    let order: Vec<usize> = (0..300).rev().collect();
    let found = together(&order, 2);
    assert!(order.iter().zip(&found).all(|(&i, found)| *found == ALONE[i]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn classify_all_of_any_batch_in_any_order_is_bit_identical_to_each_alone(
        order in prop::collection::vec(0_usize..300, 1..12), threads in 1_usize..=4,
    ) {
        let found = together(&order, threads);
        prop_assert!(order.iter().zip(&found).all(|(&i, found)| *found == ALONE[i]));
    }
}

#[test]
fn classify_of_a_text_in_another_language_is_unread() {
    let spanish = "La calle está llena de baches y el autobús llega siempre tarde por la mañana.";
    let reading = classifier().classify(&RedactedText::from_public(spanish)).unwrap();
    assert_eq!(reading.labels, Labels::unread());
    assert_eq!((reading.sentiment, reading.topics.len()), ([0.0; 3], 0));
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
        |text: &str| bits(&classifier().read_as_english(&RedactedText::from_public(text)).unwrap());
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
    let encoder = encoder_digest(&Manifest::open(models()).unwrap()).unwrap();
    let axis = classifier().vector(&RedactedText::from_public(sentences::SENTENCES[4])).unwrap();
    let topic = |id: &str, sign: f32| crate::model::HeadTopic {
        id: id.into(),
        name: id.into(),
        threshold: 0.5,
        bias: -5.0 * sign,
        weights: axis.iter().map(|value| 10.0 * sign * value).collect(),
    };
    let head = |encoder: String| {
        Arc::new(TopicHead::new(encoder, vec![topic("lamps", 1.0), topic("rest", -1.0)]).unwrap())
    };
    let fitted = Classifier::load_with_head(&models(), head(encoder), Compute::default()).unwrap();
    let topics = |text: &str| {
        let reading = fitted.classify(&RedactedText::from_public(text)).unwrap();
        reading.labels.topics.iter().map(|topic| topic.0).collect::<Vec<_>>()
    };
    assert_eq!(topics(sentences::SENTENCES[4]), [0]);
    assert_eq!(topics(sentences::SENTENCES[12]), [1]);
    let other = Classifier::load_with_head(&models(), head("other".into()), Compute::default());
    assert!(matches!(other, Err(ModelError::TopicHead(_))));
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
    Classifier::load(&models(), &built_in_topics(&models()).unwrap(), compute).unwrap()
}

#[test]
fn read_of_the_golden_texts_agrees_with_torch() {
    let reference = reference();
    let file = Manifest::open(models()).unwrap().read("minilm/golden.json").unwrap();
    let goldens: Goldens = serde_json::from_slice(&file).unwrap();
    assert_eq!(goldens.texts.len(), 20);
    let specs = built_in_topics(&models()).unwrap();
    let id = |topic: Topic| specs.get(usize::from(topic.0)).map_or("other", |spec| &spec.id);
    for golden in goldens.texts {
        let reading = reference.read(&golden.text, Language::ENGLISH).unwrap();
        assert_eq!(reference.pieces.ids(&words(&golden.text)).unwrap().len(), golden.tokens);
        for (found, expected) in reading.sentiment.iter().zip(golden.sentiment) {
            assert!((found - expected).abs() < 1e-3, "{}: {:?}", golden.text, reading.sentiment);
        }
        for &(topic, found) in &reading.topics {
            let expected = golden.topics[id(topic)];
            assert!((found - expected).abs() < 1e-3, "{}: {} {found}", golden.text, id(topic));
        }
        let assigned = reading.labels.topics.iter().map(|&topic| id(topic).to_owned());
        assert_eq!(assigned.collect::<BTreeSet<_>>(), golden.assigned, "{}", golden.text);
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

#[test]
fn labels_on_each_path_are_those_of_the_golden_file() {
    let golden = std::fs::read_to_string(FINGERPRINTS).unwrap();
    let golden: Vec<&str> = golden.lines().filter(|line| !line.starts_with('#')).collect();
    let topics = built_in_topics(&models()).unwrap();
    // Plain Rust would take minutes here; the encoder's tests hold its states to the other paths'.
    for isa in Isa::available().into_iter().filter(|isa| *isa != Isa::Portable) {
        let compute = Compute { precision: Precision::Int8, isa: Some(isa) };
        let path = Classifier::load(&models(), &topics, compute).unwrap();
        for (text, golden) in texts().iter().zip(&golden) {
            let found = fingerprint(&path.classify(text).unwrap());
            assert_eq!(found, *golden, "{isa}: {}", text.as_str());
        }
    }
    assert_eq!(golden.len(), 300);
}

/// Writes the golden file; to be run after weights or arithmetic were changed on purpose.
#[test]
#[ignore = "writes the file that another test reads"]
fn write_golden_labels() {
    let mut lines = String::from(
        "# Labels of the test texts; made by `cargo test write_golden_labels -- --ignored`\n",
    );
    for text in texts() {
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
        Classifier::load(&models(), &[], Compute::default()),
        Err(ModelError::Topics(_))
    ));
}
