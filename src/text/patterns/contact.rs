//! E-mail addresses and web addresses.

use super::super::PiiKind;
use super::prefilter::marks;
use super::{Candidate, Needs, Recognizer, words};

/// Domains that mark a bare host name; those that are also words ask for a path after them.
const HOST: &str = r"(?i)\b(?-u:[a-z0-9][a-z0-9-]{0,62}\.)+(?:(?-u:com|org|net|gov|edu|mil|info|biz|app|dev|social|club|online|site|xyz|blog|news|eu|uk|us|es|mx|fr|de|pt|ca|br|ar|cl|pe|co|io|tv|gl|ly|tk|ru|cn|jp|kr|au|nz|ch|nl|pl|se|gob)\b(?-u:\.[a-z]{2}\b)?(?-u::[0-9]{2,5})?(?:/[^\s<>]*)?|(?-u:me|it|be|is|in|to|at|no|so|my|am|cat|link|page|one|ai|gg)/[^\s<>]*)";

pub(super) fn recognizers() -> Vec<Recognizer> {
    let at = Needs { marks: marks::AT, ..Needs::default() };
    let web = Needs { words: words::WEB, ..Needs::default() };
    let dot = Needs { marks: marks::DOT, ..Needs::default() };
    vec![
        Recognizer::new(
            "email",
            PiiKind::Email,
            at,
            r#"[^\s@<>()\[\]{},;:"'|=/\\]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,}"#,
        )
        .judged(mailbox),
        Recognizer::new(
            "email-local-host",
            PiiKind::Email,
            at,
            r"(?i-u)\b[a-z0-9._%+-]{1,64}@(?:[a-z][a-z0-9-]{2,62}\b|\[[0-9a-f:.]{3,45}\])",
        )
        .judged(mailbox),
        Recognizer::new("email-quoted", PiiKind::Email, at, r#""[^"\n@]{1,64}"@[\p{L}\p{N}.-]{3,}"#),
        Recognizer::new(
            "url",
            PiiKind::Url,
            web,
            r#"(?i)\b(?:(?:https?|ftps?|mailto|tel|sms|geo|xmpp|sips?|skype|facetime|acct):(?://)?|(?:at|tg|matrix|nostr|whatsapp|signal)://)[^\s<>"]{2,}|\bwww\.[^\s<>"]{2,}"#,
        ),
        Recognizer::new("host", PiiKind::Url, dot, HOST).judged(host),
    ]
}

/// An account on a federated network looks like a mailbox with a mark before it.
fn mailbox(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    if candidate.before().ends_with('@') {
        return Some((PiiKind::Handle, 0.95));
    }
    let local_letters = candidate.matched().split('@').next()?.chars().any(char::is_alphanumeric);
    local_letters.then_some((PiiKind::Email, 0.99))
}

/// A host name after "@" belongs to an e-mail address.
fn host(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let sentence = candidate.matched().split('.').next_back().is_some_and(|last| {
        last.chars().next().is_some_and(char::is_uppercase)
            && candidate.matched().chars().any(char::is_lowercase)
    });
    (!sentence).then_some((PiiKind::Url, 0.9))
}

#[cfg(test)]
mod tests {
    use super::super::{assert_hits, assert_no_hits};
    use PiiKind::{Email, Handle, Url};

    use super::*;

    #[test]
    fn addresses_are_found_in_many_shapes() {
        assert_hits(&[
            ("write dana.w+x@example.org now", "dana.w+x@example.org", Email),
            ("<o'neil@mail.example.co.uk>", "neil@mail.example.co.uk", Email),
            ("josé@münchen.example", "josé@münchen.example", Email),
            ("root@localhost", "root@localhost", Email),
            ("find @ana@social.example here", "ana@social.example", Handle),
            ("see https://example.com/u?x=1.", "https://example.com/u?x=1", Url),
            ("on example-shop.com/ana today", "example-shop.com/ana", Url),
            ("t.me/ana_l", "t.me/ana_l", Url),
            ("at://ana.example.com/post/1", "at://ana.example.com/post/1", Url),
            ("sip:ana@pbx.example", "sip:ana@pbx.example", Url),
        ]);
    }

    #[test]
    fn plain_sentences_hold_no_addresses() {
        assert_no_hits(&["It works.In the park", "meet at noon. No more", "3.5 miles, e.g. here"]);
    }
}
