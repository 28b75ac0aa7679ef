//! How the model serves different writers: the same figure by length and by ways of writing.
//!
//! Ways of writing are told by markers in the words; nothing here guesses who wrote.

use serde::Serialize;

use super::measure::{Figure, share};

/// Smallest group that is told of.
const TEXTS_MIN: usize = 40;
/// A group that lies this far below the whole set is served worse.
const WORSE_BY: f64 = 0.10;

/// Spellings that mark African American English in writing.
///
/// # Source
/// Words of the lists in S. L. Blodgett, L. Green and B. O'Connor, "Demographic dialectal variation
/// in social media", EMNLP 2016, without those of one place.
const DIALECT: &[&str] = &[
    "ain't", "aint", "bout", "cuz", "dat", "dey", "dis", "finna", "gon", "holla", "imma", "iont",
    "nah", "ova", "sholl", "sumn", "talmbout", "tha", "tho", "tryna", "wassup", "wit", "y'all",
    "yall", "yea",
];
/// Spellings of fast writing in Spanish.
const FAST_SPANISH: &[&str] = &[
    "bn", "d", "dl", "finde", "k", "msj", "pa", "porfa", "pq", "q", "sta", "tb", "tmb", "toy", "x",
    "xd", "xfa", "xo", "xq",
];
/// Spellings of fast writing.
const FAST: &[&str] = &[
    "b4", "btw", "gonna", "gotta", "idk", "lmao", "lol", "omg", "pls", "plz", "r", "thx", "u",
    "ur", "wanna", "wtf", "ya",
];

/// A part of a set.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Group {
    /// What its texts have in common.
    pub group: String,
    /// Share of its texts that are read right.
    #[serde(flatten)]
    pub right: Figure,
    /// More than ten points below the whole set.
    pub served_worse: bool,
}

/// The groups of a set in one language that are large enough, and how each fares against the whole.
pub(super) fn groups(
    texts: &[&str],
    topics: &[Vec<String>],
    right: &[bool],
    language: &str,
) -> Vec<Group> {
    let whole = share("", right.iter().copied()).value;
    let marks: Vec<Vec<String>> = texts
        .iter()
        .zip(topics)
        .map(|(text, topics)| {
            let about = topics.iter().map(|topic| format!("about {topic}"));
            ways(text, language).into_iter().map(str::to_owned).chain(about).collect()
        })
        .collect();
    let mut names: Vec<&String> = marks.iter().flatten().collect();
    names.sort();
    names.dedup();
    let of_group = |name: &String| {
        let rows = marks.iter().zip(right).filter(|(marks, _)| marks.contains(name));
        let right = share("right", rows.map(|(_, right)| *right));
        let served_worse = right.value < whole - WORSE_BY;
        Group { group: name.clone(), right, served_worse }
    };
    names.into_iter().map(of_group).filter(|group| group.right.texts >= TEXTS_MIN).collect()
}

/// The ways in which a text is written, as far as its language has marks of them.
fn ways(text: &str, language: &str) -> Vec<&'static str> {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| {
            let kept = |c: char| !(c.is_alphanumeric() || c == '\'');
            word.trim_matches(kept).to_lowercase().replace('’', "'")
        })
        .filter(|word| !word.is_empty())
        .collect();
    let length = match words.len() {
        0..=7 => "length: up to 7 words",
        8..=15 => "length: 8 to 15 words",
        16..=25 => "length: 16 to 25 words",
        _ => "length: 26 words and more",
    };
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let mut found = vec![length];
    let mut mark = |is: bool, name| found.extend(is.then_some(name));
    mark(language == "en" && any(DIALECT), "writing: markers of African American English");
    let fast = match language {
        "en" => FAST,
        "es" => FAST_SPANISH,
        _ => &[],
    };
    mark(
        any(fast) || words.iter().any(|word| drawn_out(word)),
        "writing: fast or drawn-out spelling",
    );
    let letters = || text.chars().filter(|c| c.is_alphabetic());
    let (count, upper) = (letters().count(), letters().filter(|c| c.is_uppercase()).count());
    mark(count >= 12 && upper * 10 >= count * 7, "writing: capitals");
    mark(count >= 12 && upper == 0, "writing: no capital");
    mark(text.contains('#'), "writing: hashtag");
    mark(text.contains('?'), "writing: question");
    found
}

/// One letter three times in a row.
fn drawn_out(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    letters.windows(3).any(|w| w[0].is_alphabetic() && w[0] == w[1] && w[1] == w[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_a_text_follow_its_length_and_markers() {
        assert_eq!(ways("The bus was late.", "en"), ["length: up to 7 words"]);
        let found = ways("y’all it is soooo late #transit", "en");
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(ways("WHY IS THE BUS LATE AGAIN", "en").contains(&"writing: capitals"));
        assert!(!ways("Yard waste", "en").iter().any(|way| way.contains("American")));
        assert_eq!(ways("y’all ya u", "es"), ["length: up to 7 words"]);
        assert_eq!(ways("El bus tb tarda", "es").len(), 2);
    }

    #[test]
    fn group_ten_points_below_the_whole_is_served_worse() {
        let texts: Vec<&str> =
            (0..200).map(|at| if at < 50 { "lol why" } else { "The bus was late." }).collect();
        let right: Vec<bool> = (0..200).map(|at| at >= 20).collect();
        let found = groups(&texts, &vec![vec![]; 200], &right, "en");
        let named = |name: &str| found.iter().find(|group| group.group.contains(name)).unwrap();
        assert!(named("fast").served_worse && !named("up to 7").served_worse);
        assert_eq!(named("fast").right.texts, 50);
    }
}
