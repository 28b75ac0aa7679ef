//! Internet and hardware addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::PiiKind;
use super::prefilter::marks;
use super::{Candidate, Needs, Recognizer, Verdict};

pub(super) fn recognizers() -> Vec<Recognizer> {
    let dotted = Needs { digits: 4, marks: marks::DOT, ..Needs::default() };
    let colons = Needs { marks: marks::COLONS, ..Needs::default() };
    let grouped =
        Needs { digits: 1, any: marks::COLON | marks::DASH | marks::DOT, ..Needs::default() };
    vec![
        Recognizer::new("ipv4", PiiKind::Ip, dotted, r"(?-u)\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b")
            .judged(ipv4),
        Recognizer::new(
            "ipv6",
            PiiKind::Ip,
            colons,
            // No address has more than 39 signs; without a bound a row of colons would be searched
            // from each of them to its end.
            r"(?i-u)(?:[0-9a-f]{1,4}:){2,7}[0-9a-f]{1,4}\b|[0-9a-f:]{0,39}::[0-9a-f:]{0,39}(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3})?",
        )
        .judged(ipv6),
        Recognizer::new("mac", PiiKind::Mac, grouped, r"(?i-u)\b(?:[0-9a-f]{2}[:\-]){5}[0-9a-f]{2}\b|\b(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}\b")
            .judged(|candidate| {
                candidate.matched().chars().any(|ch| ch.is_ascii_digit()).then_some((PiiKind::Mac, 0.95))
            }),
    ]
}

fn ipv4(candidate: &Candidate<'_>) -> Option<Verdict> {
    let real = candidate.matched().parse::<Ipv4Addr>().is_ok();
    Some(Verdict::checked("IPv4 range", real, (PiiKind::Ip, 0.95), (PiiKind::Ip, 0.5)))
}

/// A clock time has two colons and is no address.
fn ipv6(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let text = candidate.matched();
    let hex = text.bytes().filter(u8::is_ascii_hexdigit).count();
    if hex >= 3 && text.parse::<Ipv6Addr>().is_ok() {
        return Some((PiiKind::Ip, 0.95));
    }
    (text.matches(':').count() >= 4 && hex >= 8).then_some((PiiKind::Ip, 0.5))
}

#[cfg(test)]
mod tests {
    use super::super::{assert_hits, assert_no_hits};
    use PiiKind::{Ip, Mac};

    use super::*;

    #[test]
    fn network_addresses_are_found() {
        assert_hits(&[
            ("from 203.0.113.7 again", "203.0.113.7", Ip),
            ("from 203.0.113.700 again", "203.0.113.700", Ip),
            ("2001:db8::ff00:42:8329", "2001:db8::ff00:42:8329", Ip),
            ("00:1B:44:11:3A:B7", "00:1B:44:11:3A:B7", Mac),
        ]);
    }

    #[test]
    fn clock_times_are_no_addresses() {
        assert_no_hits(&["at 10:30:45 and 7:00", "std::fmt", "a:: b"]);
    }
}
