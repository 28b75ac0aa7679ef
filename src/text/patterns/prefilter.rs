//! The prefilter: one pass over a text says which shapes are worth trying.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// Marks that shapes ask for.
pub(in crate::text) mod marks {
    pub const AT: u16 = 1;
    pub const COLON: u16 = 1 << 1;
    pub const SLASH: u16 = 1 << 2;
    /// A dot between two letters or figures.
    pub const DOT: u16 = 1 << 3;
    pub const HASH: u16 = 1 << 4;
    pub const PLUS: u16 = 1 << 5;
    pub const DOLLAR: u16 = 1 << 6;
    /// A character outside ASCII.
    pub const WIDE: u16 = 1 << 7;
    pub const DASH: u16 = 1 << 8;
}

/// Groups of words that shapes ask for.
pub(in crate::text) mod words {
    pub const WEB: u32 = 1;
    pub const PHONE: u32 = 1 << 1;
    pub const LIFE: u32 = 1 << 2;
    pub const HOME: u32 = 1 << 3;
    pub const RECORD: u32 = 1 << 4;
    pub const NETWORK: u32 = 1 << 5;
    pub const HEALTH: u32 = 1 << 6;
    pub const STREET: u32 = 1 << 7;
    pub const PLATE: u32 = 1 << 8;
    pub const CARD: u32 = 1 << 9;
    pub const NAMED: u32 = 1 << 10;
    pub const WORK: u32 = 1 << 11;
    pub const UNIT: u32 = 1 << 12;
    pub const POST: u32 = 1 << 13;
    pub const IDENTITY: u32 = 1 << 14;
}

/// The groups, each with its words between bars.
const WORDS: &[(u32, &str)] = &[
    (
        words::WEB,
        "http|www.|ftp:|mailto|tel:|did:|npub1|nprofile1|://|xmpp:|sip:|sips:|skype:|facetime|acct:",
    ),
    (
        words::PHONE,
        "phone|tel|cell|mobile|call|text|txt|fax|whats|sms|reach|number|movil|llam|numero|\
         contact|dial|ring",
    ),
    (
        words::LIFE,
        "born|birth|dob|d.o.b|nacid|nacim|nacio|naci |cumple|age|year|yr|y/o|yo |yo,|ano|edad|\
         i'm|im |i am|turn|soy",
    ),
    (
        words::HOME,
        "liv|house|home|apartment|place|reside|vivo|vive|vivimos|casa|domicilio|piso|condo|flat|\
         neighbor|neighbour",
    ),
    (
        words::RECORD,
        "case|permit|parcel|apn|docket|claim|ticket|complaint|citation|expediente|solicitud|\
         request|confirm|tracking|incident|report|ref|account|acct|cuenta|customer|client|member|\
         invoice|factura|inv|policy|poliza|meter|emp|patient|mrn|record|student|badge|loan|\
         routing|order|medic|insur|chart|radicado|booking|permiso|user|pol|folio|swift|bic|sort",
    ),
    (
        words::IDENTITY,
        "ssn|social|last f|last 4|passport|pasaporte|dl|licen|tax|tin|ein|national|dni|nie|nif|\
         curp|rfc|vin|cedula|nss|seguro|alien|green card|visa|identi",
    ),
    (
        words::NETWORK,
        "ig|insta|snap|twitter|tiktok|telegram|venmo|cash|discord|wechat|kik|reddit|mastodon|\
         bluesky|bsky|github|username|handle|u/|user|facebook|fb|signal|twitch|youtube|linkedin|\
         threads|x:|nextdoor|acct:|usuario|profile|lemmy|pixelfed|weibo|tumblr|strava|steam|xbox|psn|\
         gamertag|paypal|substack|screen|brid.gy|vk",
    ),
    (
        words::HEALTH,
        "hiv|aids|vih|sida|copd|epoc|cancer|diabet|epilep|asthma|asma|dementia|demencia|alzheim|\
         parkinson|bipolar|schizo|esquiz|depress|depres|autis|adhd|tdah|ptsd|tept|cerebral|\
         sclerosis|esclerosis|lupus|leukemia|leucemia|hepatitis|dialysis|dialisis|pregnan|\
         embaraz|miscarr|chemo|quimio|stroke|ictus|heart|wheelchair|silla de ruedas|blind|ciego|\
         ciega|deaf|sordo|sorda|disab|discapac|insulin|oxygen|tumor|kidney|surgery|seizure|\
         anxiety|ansiedad|addict|adict|rehab|alcohol|fibromyalgia|fibromialgia|arthritis|\
         artritis|emphysema|enfisema|migraine|transplant|trasplante|pacemaker|marcapasos|diagnos",
    ),
    (
        words::STREET,
        "st|ave|av|rd|road|dr|ln|lane|blvd|boul|ct|court|pl|ter|way|cir|pk|park|hwy|high|sq|trl|\
         trail|row|al|loop|cres|close|mews|gard|grove|walk|path|run|pike|broadway|point|ridge|\
         hill|calle|c/|cl|pas|plaza|pza|carr|cra|camino|ctra|ronda|trav|glor|callej|priv|prol|\
         calz|bul|cerr|jir|via|kr|diag|rambla|urb|paseo|vereda|cove|view|heights|turn|green",
    ),
    (words::PLATE, "plate|lic|tag|matric|placa|regis|patente"),
    (words::CARD, "exp|cvv|cvc|cvn|valid|caduc|venc|pin"),
    (
        words::NAMED,
        "mr|ms|miss|mx|dr|sr|don |dona |name|nombre|llamo|called|signed|sincerely|regards|\
         atentamente|saludos|firma|prof|rev|sister|hermana",
    ),
    (words::WORK, "work|employ|trabaj|job at"),
    (
        words::UNIT,
        "apt|apart|unit|suite|ste|room|rm|bldg|lot|trailer|apto|piso|depto|depart|interior|\
         portal|puerta|floor",
    ),
    (
        words::POST,
        "box|bx|apartado|apdo|casilla|pob|o.b|pmb|deliver|correos|zip|postal|c.p|cp|postcode",
    ),
];

/// What a text holds, as far as shapes ask.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::text) struct Traits {
    pub digits: usize,
    pub marks: u16,
    pub words: u32,
}

/// Finds the traits of a text.
pub(in crate::text) struct Prefilter {
    automaton: AhoCorasick,
    groups: Vec<u32>,
}

impl Prefilter {
    pub fn new() -> Self {
        let pairs = || {
            WORDS.iter().flat_map(|(group, words)| words.split('|').map(move |word| (*group, word)))
        };
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(pairs().map(|(_, word)| word))
            .expect("a few hundred short words fit"); // Unwrap safety: a fixed list, built by the tests
        Self { automaton, groups: pairs().map(|(group, _)| group).collect() }
    }

    pub fn traits(&self, text: &str) -> Traits {
        let mut traits = byte_traits(text.as_bytes());
        for found in self.automaton.find_overlapping_iter(text) {
            traits.words |= self.groups[found.pattern().as_usize()];
        }
        traits
    }
}

fn byte_traits(bytes: &[u8]) -> Traits {
    let mut traits = Traits::default();
    for (at, byte) in bytes.iter().enumerate() {
        traits.marks |= match byte {
            b'0'..=b'9' => {
                traits.digits += 1;
                0
            }
            b'@' => marks::AT,
            b':' => marks::COLON,
            b'/' => marks::SLASH,
            b'#' => marks::HASH,
            b'+' => marks::PLUS,
            b'$' => marks::DOLLAR,
            b'-' => marks::DASH,
            b'.' if bytes.get(at + 1).is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80) => {
                marks::DOT
            }
            0x80.. => marks::WIDE,
            _ => 0,
        };
    }
    traits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traits_name_what_the_text_holds() {
        let traits = Prefilter::new().traits("Call 555 at BOX@a.b, 12 Main St");
        assert_eq!(traits.digits, 5);
        assert_eq!(traits.marks, marks::AT | marks::DOT);
        assert!(traits.words & (words::PHONE | words::POST | words::STREET) > 0);
        assert_eq!(traits.words & words::CARD, 0);
    }
}
