//! Reads the published sets that the models are measured on, as `models/corpora.py` reads them.
//!
//! None of them is part of the repository; `models/README.md` names each with its terms.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    path::Path,
    sync::LazyLock,
};

use anyhow::anyhow;
use regex::{Captures, Regex};
use serde::{Deserialize, de::DeserializeOwned};

use super::super::Failure;

/// Shortest text about a topic.
const CHARACTERS_MIN: usize = 20;
/// Names that stand for the masked places of SentiHood.
const PLACES: [&str; 2] = ["Elm Park", "Riverside"];

/// A text with its tone: 0 negative, 1 neutral, 2 positive.
pub(super) struct ToneRow {
    pub text: String,
    pub tone: usize,
}

/// A text with what it is about.
pub(super) struct TopicRow {
    pub text: String,
    pub topics: BTreeSet<String>,
}

/// GoEmotions' numbers of emotions that sound negative, of none, and of those that sound positive.
const EMOTIONS: [&[u8]; 3] =
    [&[2, 3, 9, 10, 11, 12, 14, 16, 19, 24, 25], &[27], &[0, 1, 4, 5, 13, 15, 17, 18, 20, 21, 23]];

/// The posts of GoEmotions with the tone of their emotions; none where these sound differently, or like
/// no tone (confusion, curiosity, desire, realization, surprise).
pub(super) fn emotion_tones(data: &Path) -> Result<Vec<ToneRow>, Failure> {
    let mut out = Vec::new();
    for part in ["train", "dev"] {
        let path = data.join(format!("sentiment/goemotions/{part}.tsv"));
        for line in read(&path)?.lines() {
            let mut columns = line.split('\t');
            let columns = columns.next().zip(columns.next());
            let (text, marks) = columns.ok_or_else(|| unfit(&path, "a line has one column"))?;
            let marks: Option<Vec<u8>> = marks.split(',').map(|mark| mark.parse().ok()).collect();
            let marks = marks.ok_or_else(|| unfit(&path, "a mark is no number"))?;
            let sounds = |emotions: &&[u8]| marks.iter().all(|mark| emotions.contains(mark));
            if let Some(tone) = EMOTIONS.iter().position(sounds) {
                out.push(ToneRow { text: clean(text), tone });
            }
        }
    }
    Ok(out)
}

/// A file of texts beside a file of labels, line by line.
pub(super) fn pairs(data: &Path, folder: &str, split: &str) -> Result<Vec<ToneRow>, Failure> {
    let folder = data.join("sentiment").join(folder);
    let texts = read(&folder.join(format!("{split}_text.txt")))?;
    let labels_file = folder.join(format!("{split}_labels.txt"));
    let labels = read(&labels_file)?;
    let rows = texts.trim_end_matches('\n').split('\n').zip(labels.split_whitespace());
    rows.map(|(text, label)| {
        let tone = label.parse().ok().filter(|tone| *tone < 3);
        let tone = tone.ok_or_else(|| unfit(&labels_file, "a label is not 0, 1 or 2"))?;
        Ok(ToneRow { text: clean(text), tone })
    })
    .collect()
}

#[derive(Deserialize)]
struct Sentence {
    text: String,
    opinions: Vec<OpinionOf>,
}

#[derive(Deserialize)]
struct OpinionOf {
    aspect: String,
    sentiment: String,
}

/// The sentences of one part of SentiHood.
fn sentences(data: &Path, split: &str) -> Result<Vec<Sentence>, Failure> {
    let path = data.join(format!("sentiment/sentihood/sentihood-{split}.json"));
    let mut rows: Vec<Sentence> = json(&path)?;
    for row in &mut rows {
        let named = row.text.replace("LOCATION1", PLACES[0]).replace("LOCATION2", PLACES[1]);
        row.text = clean(&named);
    }
    Ok(rows)
}

/// Sentences whose opinions agree; neutral without an opinion.
pub(super) fn sentihood_tones(data: &Path, split: &str) -> Result<Vec<ToneRow>, Failure> {
    let mut out = Vec::new();
    for row in sentences(data, split)? {
        let tones: BTreeSet<_> = row.opinions.iter().map(|o| o.sentiment.to_lowercase()).collect();
        let tone = match tones.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => 1,
            ["negative"] => 0,
            ["positive"] => 2,
            _ => continue,
        };
        out.push(ToneRow { text: row.text, tone });
    }
    Ok(out)
}

/// Every sentence with the aspects it speaks of.
pub(super) fn sentihood_aspects(data: &Path, split: &str) -> Result<Vec<TopicRow>, Failure> {
    let aspects = |row: Sentence| TopicRow {
        text: row.text,
        topics: row.opinions.into_iter().map(|opinion| opinion.aspect).collect(),
    };
    Ok(sentences(data, split)?.into_iter().map(aspects).collect())
}

/// New Haven's requests: title and description without it, each description once.
pub(super) fn new_haven(data: &Path) -> Result<Vec<(String, String)>, Failure> {
    let rows =
        table(&data.join("civic/seeclickfix-newhaven/issues.csv"), b',', &["summary", "category"])?;
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for row in rows {
        let title = clean(&row["summary"]);
        let stored: Option<serde_json::Value> = serde_json::from_str(&row["category"]).ok();
        let whole = stored.as_ref().and_then(|value| value["user_value"].as_str());
        let whole = clean(whole.unwrap_or(&row["summary"]));
        let begins = whole.to_lowercase().starts_with(&title.to_lowercase());
        let body = match whole.get(title.len()..) {
            Some(rest) if begins => rest.trim().to_owned(),
            _ => whole,
        };
        if body.chars().count() >= CHARACTERS_MIN && seen.insert(mark(&body)) {
            out.push((title.to_lowercase().trim().to_owned(), body));
        }
    }
    Ok(out)
}

/// Posts to an authority, each once, with their category; `None` where they are about nothing civic.
pub(super) fn posts(data: &Path) -> Result<Vec<(Option<String>, String)>, Failure> {
    let columns = ["description", "category", "civic_issue"];
    let rows = table(&data.join("civic/civic-tweets-india/finalData.csv"), b',', &columns)?;
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for row in rows {
        let text = clean(&row["description"]);
        if text.chars().count() >= CHARACTERS_MIN && seen.insert(mark(&text)) {
            let category = (row["civic_issue"] == "1").then(|| row["category"].clone());
            out.push((category, text));
        }
    }
    Ok(out)
}

/// German contributions about cycling, with their hand-made topics.
pub(super) fn cycling(data: &Path) -> Result<Vec<TopicRow>, Failure> {
    let columns = ["title", "text", "main_category_level1"];
    let rows = table(&data.join("civic/cycling-dialogues/dataset.csv"), b',', &columns)?;
    let row = |row: BTreeMap<String, String>| TopicRow {
        text: clean(&format!("{}. {}", row["title"], row["text"])),
        topics: BTreeSet::from([row["main_category_level1"].clone()]),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Rows of `civic-sentences.tsv`, or of the same sentences in Spanish: tone, topic and text of one
/// split.
pub(super) fn own(
    models: &Path,
    split: &str,
    language: &str,
) -> Result<Vec<(usize, String, String)>, Failure> {
    let path = models.join(match language {
        "en" => "civic-sentences.tsv".to_owned(),
        other => format!("civic-sentences.{other}.tsv"),
    });
    let rows = table(&path, b'\t', &["split", "tone", "topic", "text"])?;
    let tone = |name: &str| ["negative", "neutral", "positive"].iter().position(|t| *t == name);
    let mut out = Vec::new();
    for row in rows.into_iter().filter(|row| row["split"] == split) {
        let tone = tone(&row["tone"]).ok_or_else(|| unfit(&path, "a tone is none of the three"))?;
        out.push((tone, row["topic"].clone(), row["text"].clone()));
    }
    Ok(out)
}

/// Proposals of Madrid, title and summary, with the topics that one reader of them gave; none where they
/// fit no built-in topic.
pub(super) fn madrid(data: &Path, models: &Path) -> Result<Vec<(Option<String>, String)>, Failure> {
    let path = data.join("civic/decide-madrid/data/proposals.csv");
    let proposals = table(&path, b',', &["id", "title", "summary"])?;
    let told = table(&models.join("madrid-topics.tsv"), b'\t', &["proposal", "topics"])?;
    let row = |row: &BTreeMap<String, String>| {
        let found = proposals.iter().find(|proposal| proposal["id"] == row["proposal"]);
        let missing = || unfit(&path, format!("it has no proposal {}", row["proposal"]));
        let proposal = found.ok_or_else(missing)?;
        let topics = (row["topics"] != "other").then(|| row["topics"].clone());
        Ok((topics, clean(&format!("{}. {}", proposal["title"], proposal["summary"]))))
    };
    told.iter().map(row).collect()
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| {
        unfit(path, format!("{error}; --data DIR is laid out as models/README.md says"))
    })
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    serde_json::from_str(&read(path)?).map_err(|error| unfit(path, error))
}

/// A table with a header that has these columns, row by row.
pub(super) fn table(
    path: &Path,
    delimiter: u8,
    columns: &[&str],
) -> Result<Vec<BTreeMap<String, String>>, Failure> {
    let text = read(path)?;
    let quoting = delimiter == b',';
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .quoting(quoting)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| unfit(path, error))?;
    if let Some(missing) = columns.iter().find(|column| !header.iter().any(|h| h == **column)) {
        return Err(unfit(path, format!("it has no column `{missing}`")));
    }
    reader.deserialize().map(|row| row.map_err(|error| unfit(path, error))).collect()
}

fn unfit(path: &Path, what: impl std::fmt::Display) -> Failure {
    Failure::usage(anyhow!("{}: {what}", path.display()))
}

static ESCAPED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\\u([0-9a-fA-F]{4})"));
static ENTITY: LazyLock<Regex> = LazyLock::new(|| pattern(r"&(#[xX]?[0-9a-fA-F]+|[a-z]+);"));
static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)https?://\S+|\bwww\.\S+|\bhttp\b"));
static ACCOUNT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<before>^|[^\w@])@\w+"));
static QUOTES: LazyLock<Regex> = LazyLock::new(|| pattern("\"+"));
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| pattern("<[A-Z_]+>"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is one") // Unwrap safety: constants, compiled by every test
}

/// Undoes escapes and puts the placeholders of redaction where accounts and links stood.
pub(super) fn clean(text: &str) -> String {
    let code =
        |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let text = ESCAPED.replace_all(text, |found: &Captures<'_>| {
        code(&found[1], 16).map_or_else(|| found[0].to_owned(), String::from)
    });
    let text = text.replace("\\\"", "\"").replace("\\n", " ");
    let text = ENTITY.replace_all(&text, |found: &Captures<'_>| {
        let letter = match &found[1] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            number => match number.trim_start_matches('#').strip_prefix(['x', 'X']) {
                Some(digits) => code(digits, 16),
                None if number.starts_with('#') => code(&number[1..], 10),
                None => None,
            },
        };
        letter.map_or_else(|| found[0].to_owned(), String::from)
    });
    let text = QUOTES.replace_all(&text, "\"");
    let text = LINK.replace_all(&text, "<URL>");
    let text = ACCOUNT.replace_all(&text, "${before}<HANDLE>");
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_matches(['"', ' ']).to_owned()
}

/// Letters and digits of a text, by which copies are known.
pub(super) fn mark(text: &str) -> String {
    let bare = PLACEHOLDER.replace_all(text, " ").to_lowercase();
    bare.chars().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_undoes_escapes_and_puts_placeholders() {
        let written =
            r#""@user it\u2019s &amp; was &#39;late&#39; \"\"again\"\" http://t.co/x  @b""#;
        assert_eq!(clean(written), "<HANDLE> it’s & was 'late' \"again\" <URL> <HANDLE>");
    }

    #[test]
    fn mark_of_two_shares_of_one_post_is_one() {
        let marks = ["<HANDLE> The BUS, late!", "the bus late <URL>"].map(mark);
        assert_eq!(marks, ["thebuslate", "thebuslate"]);
    }

    #[test]
    fn pairs_of_a_folder_that_is_not_there_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let refused = pairs(folder.path(), "tweeteval-dev", "val").err().unwrap().to_string();
        assert!(refused.contains("val_text.txt") && refused.contains("README"), "{refused}");
    }
}
