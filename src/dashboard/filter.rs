//! What a reader chose: a short list of named values that every link carries.

/// The names that pages know, in the order of every link.
const NAMES: [&str; 14] = [
    "lang",
    "topic",
    "window",
    "a",
    "b",
    "odds",
    "epsilon",
    "days",
    "topics",
    "residents",
    "from",
    "entry",
    "release",
    "of",
];

/// No public id is longer.
const VALUE_CHARS_MAX: usize = 80;

/// The values that a reader chose; an unknown name is passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    values: [Option<String>; NAMES.len()],
}

impl Filter {
    /// Reads the query part of an address, without its question mark. Of a name given twice the
    /// first counts; an empty value is none.
    pub fn parse(query: &str) -> Self {
        let mut filter = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(at) = NAMES.iter().position(|known| *known == name) else { continue };
            let value = decoded(value);
            let fits = !value.is_empty() && value.chars().count() <= VALUE_CHARS_MAX;
            if fits && filter.values[at].is_none() {
                filter.values[at] = Some(value);
            }
        }
        filter
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values[at(name)?].as_deref()
    }

    /// The value of a name as a number.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// The same with one value more, or another.
    pub fn with(&self, name: &str, value: impl Into<String>) -> Self {
        let mut next = self.clone();
        if let Some(at) = at(name) {
            next.values[at] = Some(value.into());
        }
        next
    }

    /// The same without these values.
    pub fn without(&self, names: &[&str]) -> Self {
        let mut next = self.clone();
        names.iter().filter_map(|name| at(name)).for_each(|at| next.values[at] = None);
        next
    }

    /// The same with nothing but these.
    pub fn only(&self, names: &[&str]) -> Self {
        let others: Vec<&str> =
            NAMES.iter().copied().filter(|name| !names.contains(name)).collect();
        self.without(&others)
    }

    /// Every name that has a value.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        NAMES.iter().zip(&self.values).filter_map(|(name, value)| Some((*name, value.as_deref()?)))
    }

    /// The query part of a link, with its question mark; empty without a value.
    pub fn query(&self) -> String {
        let pairs: Vec<String> =
            self.pairs().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }
}

fn at(name: &str) -> Option<usize> {
    NAMES.iter().position(|known| *known == name)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => match (hex(rest.next()), hex(rest.next())) {
                (Some(high), Some(low)) => bytes.push((high * 16 + low) as u8),
                _ => return String::new(),
            },
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_reads_its_own_links_back() {
        let filter = Filter::default().with("topic", "parks & trees/ñ").with("window", "3");
        assert_eq!(filter.query(), "?topic=parks%20%26%20trees%2F%C3%B1&window=3");
        assert_eq!(Filter::parse(&filter.query()[1..]), filter);
    }

    #[test]
    fn broken_unknown_and_endless_values_are_passed_over() {
        let long = "x".repeat(VALUE_CHARS_MAX + 1);
        let query = format!("topic=%zz&nobody=1&a={long}&b=&window=%ff&window=2&&=");
        assert_eq!(Filter::parse(&query), Filter::default().with("window", "2"));
    }

    #[test]
    fn link_with_a_value_less_keeps_the_others() {
        let filter = Filter::parse("lang=es&a=x&b=y");
        assert_eq!(filter.without(&["a"]).query(), "?lang=es&b=y");
        assert_eq!(filter.only(&["lang"]).query(), "?lang=es");
    }
}
