//! The words that shapes ask for, found in one pass over the starts of words.

/// Groups of words that shapes ask for.
pub(in crate::text) mod words {
    pub const WEB: u32 = 1;
    pub const PHONE: u32 = 1 << 1;
    pub const BIRTH: u32 = 1 << 2;
    pub const HOME: u32 = 1 << 3;
    pub const RECORD: u32 = 1 << 4;
    pub const PROFILE: u32 = 1 << 5;
    pub const HEALTH: u32 = 1 << 6;
    pub const STREET: u32 = 1 << 7;
    pub const PLATE: u32 = 1 << 8;
    pub const CARD: u32 = 1 << 9;
    pub const TITLE: u32 = 1 << 10;
    pub const WORK: u32 = 1 << 11;
    pub const UNIT: u32 = 1 << 12;
    pub const POST: u32 = 1 << 13;
    pub const IDENTITY: u32 = 1 << 14;
    pub const LAST: u32 = 1 << 15;
    pub const BANK: u32 = 1 << 16;
    pub const NETWORK: u32 = 1 << 17;
    pub const BLUESKY: u32 = 1 << 18;
    pub const KEYS: u32 = 1 << 19;
    pub const BROADWAY: u32 = 1 << 20;
    pub const ROAD: u32 = 1 << 21;
    pub const VIA: u32 = 1 << 22;
    pub const GRID: u32 = 1 << 23;
    pub const SIGNED: u32 = 1 << 24;
    pub const FIELD: u32 = 1 << 25;
    pub const AGED: u32 = 1 << 26;
    pub const ANOS: u32 = 1 << 27;
    pub const AGE: u32 = 1 << 28;
    pub const PERSON: u32 = 1 << 29;
}

/// The groups, each with the starts of its words between bars; a word with "$" must end there. A
/// space stands for every white space. What a shape can begin with must stand here: a test runs every
/// shape without the prefilter beside it.
const WORDS: &[(u32, &str)] = &[
    (
        words::WEB,
        "http|www.|ftp|mailto|tel:|sms:|geo:|xmpp:|sip|skype:|facetime|acct:|at:|tg:|matrix:|nostr:|\
         whatsapp:|signal:",
    ),
    (words::KEYS, "did:|npub1|nprofile1"),
    (
        words::PHONE,
        "phone|tel|cell|mobile|call|text|txt|fax|whats|sms|reach|number|movil|llam|numero|\
         contact|dial|ring",
    ),
    (words::BIRTH, "born|birth|dob|d.ob|do.b|d.o.b|nacid|nacim|naci|cumple"),
    (words::AGED, "year|yr|yo$|y/o|anos"),
    (words::ANOS, "anos$"),
    (words::AGE, "age|edad"),
    (words::PERSON, "i'm$|im$|i am$|she's$|shes$|he's$|hes$|she is$|he is$|turn|tengo$|cumpl"),
    (
        words::HOME,
        "live$|lives$|lived$|living$|reside$|resides$|residing$|resido$|house$|home$|apartment$|\
         condo$|flat$|place$|building$|moved$|vivo$|vive$|viven$|vivimos$|vivia$|casa$|domicilio$|\
         piso$",
    ),
    (
        words::RECORD,
        "case|permit|permiso|parcel|apn|docket|claim|ticket|complaint|citation|expediente|solicitud|\
         request|confirmation|tracking|incident|report|ref|radicado|booking|folio|account|acct|\
         cuenta|customer|client|member|invoice|factura|inv|policy|poliza|meter|emp|\
         patient|mrn|medical record|record|student|badge|loan|routing|sort|order|medicare|medicaid|\
         insurance|chart|user",
    ),
    (words::BANK, "swift|bic"),
    (
        words::IDENTITY,
        "ssn|social|passport|pasaporte|dl|driver|licen|tax|tin|itin|ein|national|dni|nie|nif|curp|\
         rfc|vin|cedula|nss|alien|green card|visa",
    ),
    (words::LAST, "last$"),
    (words::PROFILE, "u/|user/|users/|profile/|profiles/"),
    (words::BLUESKY, "bsky.|brid.gy"),
    (
        words::NETWORK,
        "ig$|insta$|instagram$|snap$|snapchat$|twitter$|tiktok$|telegram$|venmo$|cash|discord$|\
         wechat$|kik$|reddit$|mastodon$|bluesky$|bsky$|github$|user|usuario$|handle$|facebook$|\
         twitch$|youtube$|linkedin$|nextdoor$|lemmy$|pixelfed$|weibo$|tumblr$|vk$|strava$|steam$|\
         xbox$|psn$|gamertag$|paypal$|substack$|screen",
    ),
    (
        words::HEALTH,
        "hiv|aids|vih|sida|copd|epoc|cancer|diabet|epilep|asthma|asma|dementia|demencia|alzheim|\
         parkinson|bipolar|schizophren|esquizofren|depression|depresion|autis|adhd|tdah|ptsd|tept|\
         cerebral palsy|multiple sclerosis|esclerosis multiple|lupus|leukemia|leucemia|hepatitis|\
         dialysis|dialisis|pregnant|embarazada|miscarriage|chemo|quimio|stroke|ictus|heart |blind|\
         ciego|ciega|deaf|sordo|sorda|disab|discapacidad|insulin|tumor|tumour|kidney |seizure|\
         anxiety|ansiedad|addiction|adiccion|rehab|fibromyalgia|fibromialgia|arthritis|artritis|\
         emphysema|enfisema|transplant|trasplante|pacemaker|marcapasos",
    ),
    (
        words::STREET,
        "st$|str$|street$|av$|ave$|avenue$|rd$|road$|dr$|drive$|ln$|lane$|blvd$|boulevard$|ct$|\
         court$|pl$|place$|ter$|terr$|terrace$|way$|cir$|circle$|pkwy$|parkway$|hwy$|highway$|sq$|\
         square$|trl$|trail$|row$|aly$|alley$|loop$|cres$|crescent$|close$|mews$|gdns$|gardens$|\
         grove$|walk$|path$|pike$|tpke$|turnpike$|xing$|crossing$|plz$|plaza$|pt$|point$|run$|\
         ridge$|hill$|cove$|view$|heights$|hts$|park$|green$",
    ),
    (words::BROADWAY, "broadway$"),
    (words::ROAD, "avenue$|ave$|highway$|hwy$|route$|rte$|county road$|cr$|state road$"),
    (
        words::VIA,
        "calle$|cl$|avenida$|avda$|avd$|av$|paseo$|plaza$|pza$|plz$|carrera$|cra$|camino$|\
         carretera$|ctra$|ronda$|travesia$|glorieta$|callejon$|privada$|prolongacion$|calzada$|\
         blvd$|bulevar$|cerrada$|jiron$|pasaje$|rambla$|vereda$|costanilla$|cuesta$|c/",
    ),
    (words::GRID, "calle|carrera|cra|cl|kr|cr|av|transversal|tv|diagonal|dg"),
    (words::PLATE, "plate|lic|tag|matricula|placa|registration|patente"),
    (words::CARD, "exp|cvv|cvc|cvn|valid|caduc|venc|pin"),
    (words::TITLE, "mr$|mrs$|ms$|miss$|mx$|dr$|sr$|sra$|srta$|don$|dona$|do\u{f1}a$|prof$|rev$"),
    (
        words::SIGNED,
        "my name|me llamo|mi nombre|signed|sincerely|regards|atentamente|saludos|firmado",
    ),
    (words::FIELD, "name|fullname|firstname|lastname|surname|givenname|nombre"),
    (words::WORK, "work|employ|trabaj|job"),
    (words::UNIT, "apt|apartment|unit|suite|ste|depto|departamento|trailer|lot|piso|puerta"),
    (
        words::POST,
        "box|bx|lockbox|pob|po.b|po b|po. b|p.ob|p.o.b|p.o b|p.o. b|p ob|p o.b|p o b|p o. b|\
         p. ob|p. o.b|p. o b|p. o. b|pmb|private mailbox|apartado|apdo|casilla|caixa postal|\
         general delivery|lista de correos|zip|postal|postcode|cp|c.p",
    ),
];

/// Classes of bytes that the words are made of: letters, white space and a few marks.
const CLASSES: usize = 40;

/// The words of all groups as a tree of bytes.
pub(in crate::text) struct Lexicon {
    nodes: Vec<Node>,
}

#[derive(Clone)]
struct Node {
    next: [u16; CLASSES],
    /// Groups with a word that starts so, and groups with a word that ends here.
    starts: u32,
    ends: u32,
}

impl Lexicon {
    pub fn new() -> Self {
        let root = Node { next: [0; CLASSES], starts: 0, ends: 0 };
        let mut lexicon = Self { nodes: vec![root] };
        for (group, words) in WORDS {
            words.split('|').for_each(|word| lexicon.add(*group, word));
        }
        lexicon
    }

    fn add(&mut self, group: u32, word: &str) {
        let start = word.trim_end_matches('$');
        let mut at = 0;
        for byte in start.bytes() {
            let class = usize::from(CLASS[usize::from(byte)]);
            let known = usize::from(self.nodes[at].next[class]);
            at = if known > 0 { known } else { self.grow(at, class) };
        }
        let node = &mut self.nodes[at];
        let groups = if start == word { &mut node.starts } else { &mut node.ends };
        *groups |= group;
    }

    fn grow(&mut self, from: usize, class: usize) -> usize {
        let new = self.nodes.len();
        self.nodes.push(Node { next: [0; CLASSES], starts: 0, ends: 0 });
        self.nodes[from].next[class] = u16::try_from(new).unwrap_or(0);
        new
    }

    /// The groups of which a word starts at the head of `rest`.
    pub fn groups(&self, rest: &[u8]) -> u32 {
        let mut found = 0;
        let mut node = &self.nodes[0];
        let mut rest = rest.iter();
        loop {
            let byte = rest.next().copied().unwrap_or_default();
            found |= node.starts;
            if node.ends != 0 && !byte.is_ascii_alphanumeric() {
                found |= node.ends;
            }
            let class = usize::from(CLASS[usize::from(byte)]);
            match node.next[class] {
                0 => return found,
                next => node = &self.nodes[usize::from(next)],
            }
        }
    }
}

/// The class of each byte; zero is in no word.
const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut letter = 0;
    while letter < 26 {
        classes[(b'a' + letter) as usize] = letter + 1;
        classes[(b'A' + letter) as usize] = letter + 1;
        letter += 1;
    }
    let blanks = b" \t\n\r\x0b\x0c";
    let mut at = 0;
    while at < blanks.len() {
        classes[blanks[at] as usize] = 27;
        at += 1;
    }
    let marks = b".:/'1\xc3\xb1";
    let mut at = 0;
    while at < marks.len() {
        classes[marks[at] as usize] = 28 + at as u8;
        at += 1;
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_at_their_start_in_any_case() {
        let lexicon = Lexicon::new();
        assert_eq!(lexicon.groups(b"Streets") & words::STREET, 0);
        assert_eq!(lexicon.groups(b"STREET,"), words::STREET);
        assert_eq!(lexicon.groups("Do\u{f1}a".as_bytes()), words::TITLE);
        assert_eq!(lexicon.groups(b"general\tdelivery"), words::POST);
        assert_eq!(lexicon.groups(b""), 0);
    }

    #[test]
    fn every_byte_of_every_word_has_a_class() {
        let bytes = WORDS.iter().flat_map(|(_, words)| words.bytes());
        let known = |byte: u8| matches!(byte, b'|' | b'$') || CLASS[usize::from(byte)] > 0;
        assert!(bytes.clone().all(known));
    }
}
