//! Account names of every network's shape.

use super::super::PiiKind;
use super::prefilter::marks;
use super::{Candidate, Needs, Recognizer, words};

pub(super) fn recognizers() -> Vec<Recognizer> {
    let at = Needs { marks: marks::AT, ..Needs::default() };
    let told = |words| Needs { words, ..Needs::default() };
    let handle =
        |name, needs, pattern: &str| Recognizer::new(name, PiiKind::Handle, needs, pattern);
    vec![
        handle(
            "handle",
            at,
            r"@{1,2}[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_.\-]*[\p{L}\p{M}\p{N}_])?(?:[@:](?:[\p{L}\p{N}\-]+\.)+[\p{L}]{2,})?",
        )
        .judged(not_price),
        handle("handle-reddit", told(words::PROFILE), r#"(?i-u)(?:^|[\s(\["',/.:>;-])(?:u|users?|profiles?)/["']?([a-z0-9_\-]{2,40})"#),
        handle("handle-bluesky", told(words::BLUESKY), r"(?i-u)\b[a-z0-9][a-z0-9\-.]*\.(?:bsky\.(?:social|team)|brid\.gy)\b"),
        handle(
            "handle-decentralised",
            told(words::KEYS),
            r"(?i-u)\bdid:[a-z]{2,8}:[a-z0-9.:%\-_]{3,}|\bn(?:pub|profile)1[a-z0-9]{20,}",
        ),
        handle(
            "handle-numbered",
            Needs { run: 4, marks: marks::HASH, ..Needs::default() },
            r"(?-u)\b[A-Za-z0-9_.]{2,32}#[0-9]{4}\b",
        ),
        handle("handle-cash", Needs { marks: marks::DOLLAR, ..Needs::default() }, r"(?-u)\$[A-Za-z][A-Za-z0-9_\-]{1,20}")
            .judged(not_ticker),
        handle(
            "handle-told",
            told(words::NETWORK),
            r#"(?i-u)\b(?:ig|insta(?:gram)?|snap(?:chat)?|twitter|tiktok|telegram|venmo|cash\s?app|discord|wechat|kik|reddit|mastodon|bluesky|bsky|github|user\s?name|usuario|handle|facebook|twitch|youtube|linkedin|nextdoor|lemmy|pixelfed|weibo|tumblr|vk|strava|steam|xbox|psn|gamertag|paypal|substack|screen\s?name)(?:\s(?:name|id|handle|user|account|me|usuario))?(?:\s?[:=]\s?["']?|\s(?:is|es)\s)@?([a-z0-9_.\-]{3,40})"#,
        )
        .judged(told_name),
    ]
}

/// "@5pm" is a time and "@3" a price.
fn not_price(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let name = candidate.matched().trim_start_matches('@').to_ascii_lowercase();
    let clock = name.trim_end_matches(['a', 'p', 'm', 'h', '.']);
    let time = (1..=4).contains(&clock.len()) && clock.bytes().all(|b| b.is_ascii_digit());
    (!time).then_some((PiiKind::Handle, 0.9))
}

/// "$AAPL" is a stock.
fn not_ticker(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let name = candidate.matched().get(1..)?;
    let ticker = name.bytes().all(|b| b.is_ascii_uppercase());
    let magnitude = ["k", "m", "mm", "b", "usd"].contains(&name.to_ascii_lowercase().as_str());
    (!ticker && !magnitude).then_some((PiiKind::Handle, 0.6))
}

/// "My handle is broken" names no account.
fn told_name(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let marked = candidate.before().trim_end_matches([' ', '"', '\'', '@']).ends_with([':', '=']);
    let named = candidate.matched().trim_end_matches(['.', '-']).contains(['_', '.', '-'])
        || candidate.matched().chars().any(|ch| ch.is_ascii_digit())
        || candidate.before().ends_with('@');
    let lower = candidate.matched().starts_with(|ch: char| ch.is_ascii_lowercase());
    ((marked && lower) || named).then_some((PiiKind::Handle, 0.8))
}

#[cfg(test)]
mod tests {
    use super::super::{assert_hits, assert_no_hits};
    use PiiKind::Handle;

    use super::*;

    #[test]
    fn account_names_of_every_network_are_found() {
        assert_hits(&[
            ("icon @@marti_s :", "@@marti_s", Handle),
            ("thanks @maria_d.", "@maria_d", Handle),
            ("ask @ana@social.example", "@ana@social.example", Handle),
            ("ask @ana:matrix.example.org", "@ana:matrix.example.org", Handle),
            ("u/throwaway_oakst_1987 posted", "throwaway_oakst_1987", Handle),
            ("on ana.bsky.social now", "ana.bsky.social", Handle),
            ("did:plc:z72i7hdynmk6r22z27h6tvur", "did:plc:z72i7hdynmk6r22z27h6tvur", Handle),
            ("add Ana#1234", "Ana#1234", Handle),
            ("insta: ana.l", "ana.l", Handle),
            ("venmo is ana-l", "ana-l", Handle),
            ("send $AnaLopez9", "$AnaLopez9", Handle),
            ("hola @josé", "@josé", Handle),
            ("see /profiles/ana_l there", "ana_l", Handle),
            ("gamertag: ana_l99", "ana_l99", Handle),
            ("ask <@U02ABCDEF>", "@U02ABCDEF", Handle),
        ]);
    }

    #[test]
    fn times_communities_and_stocks_are_no_accounts() {
        assert_no_hits(&[
            "meet @5pm",
            "r/examplecity is down",
            "$AAPL and $5m",
            "the handle is broken",
        ]);
    }
}
