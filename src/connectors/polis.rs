//! Polis exports: the `comments.csv` of a conversation, of both generations.
//!
//! Older ones have a `datetime` column and milliseconds, newer ones `is-meta` and `is-seed` and
//! perhaps seconds. The text stands last and may come unquoted with commas in it. Votes are not
//! read here.

use csv::StringRecord;

use super::{
    Rewind,
    dates::DateFormat,
    input::Input,
    lines::Lines,
    records::{Header, Records},
    row::Row,
};
use crate::{
    domain::{Action, Place, RawComment, SourceId},
    pipeline::{BadRow, Fetched, Source, SourceError},
};

/// Whose comments of a conversation are residents'.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolisRules {
    /// Author ids of the organiser. Seed statements are the organiser's whatever their author.
    pub organizers: Vec<String>,
    /// Whether comments that the moderators refused are left out.
    pub skip_moderated_out: bool,
}

/// Reads the comments of a conversation.
pub(super) struct PolisSource {
    records: Records,
    id: SourceId,
    rules: PolisRules,
    columns: Columns,
}

struct Columns {
    timestamp: usize,
    comment: usize,
    author: usize,
    moderated: Option<usize>,
    is_seed: Option<usize>,
    body: usize,
    last: usize,
}

/// The file of comments, where `input` is the folder of an export.
pub(super) fn comments_of(input: &Input) -> Input {
    match input {
        Input::File(path) if path.is_dir() => Input::File(path.join("comments.csv")),
        other => other.clone(),
    }
}

impl PolisSource {
    /// Reads the header of `lines` and finds the columns of an export under it.
    pub fn new(lines: Lines, id: SourceId, rules: &PolisRules) -> Result<Self, SourceError> {
        let records = Records::new(lines, b',')?;
        let columns = Columns::find(&records.header())?;
        Ok(Self { records, id, rules: rules.clone(), columns })
    }

    fn comment(&self, fields: &StringRecord) -> Result<RawComment, BadRow> {
        let columns = &self.columns;
        let field = |column: usize| fields.get(column).unwrap_or("").trim();
        let author = field(columns.author);
        let is_seed = columns.is_seed.is_some_and(|c| field(c).eq_ignore_ascii_case("true"));
        if is_seed || self.rules.organizers.iter().any(|organizer| organizer == author) {
            return Err(BadRow::Organizer);
        }
        let refused = columns.moderated.is_some_and(|column| field(column) == "-1");
        if refused && self.rules.skip_moderated_out {
            return Err(BadRow::ModeratedOut);
        }
        let date = DateFormat::Auto.read(field(columns.timestamp), None);
        let row = Row {
            source: self.id.clone(),
            id: field(columns.comment).to_owned(),
            account: Some(author.to_owned()),
            text: columns.body(fields),
            place: Place::Missing,
            posted_at: date.ok_or(BadRow::BadDate)?,
            revised_at: None,
            action: Action::Create,
        };
        row.into_comment()
    }
}

impl Rewind for PolisSource {
    fn go_on(&mut self, lines: Lines) {
        self.records.go_on(lines);
    }
}

impl Source for PolisSource {
    fn next(&mut self) -> Result<Option<Fetched>, SourceError> {
        let Some(record) = self.records.next()? else { return Ok(None) };
        let (line, position) = (record.line, record.end);
        Ok(Some(match record.fields.and_then(|fields| self.comment(&fields)) {
            Ok(raw) => Fetched::Comment { raw, line, position },
            Err(reason) => Fetched::Bad { reason, line, position },
        }))
    }
}

impl Columns {
    fn find(header: &Header) -> Result<Self, SourceError> {
        Ok(Self {
            timestamp: header.column("timestamp")?,
            comment: header.column("comment-id")?,
            author: header.column("author-id")?,
            moderated: header.find("moderated"),
            is_seed: header.find("is-seed"),
            body: header.column("comment-body")?,
            last: header.len() - 1,
        })
    }

    /// The text; where it stands last, fields beyond the header are the rest of an unquoted one.
    fn body(&self, fields: &StringRecord) -> String {
        let rest = if self.body == self.last { fields.len() } else { self.body + 1 };
        let parts: Vec<&str> = fields.iter().take(rest).skip(self.body).collect();
        parts.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(csv: &str, rules: &PolisRules) -> PolisSource {
        PolisSource::new(Lines::of(csv, 9), SourceId::new("polis").unwrap(), rules).unwrap()
    }

    fn reasons(csv: &str, rules: &PolisRules) -> Vec<Option<BadRow>> {
        let mut source = source(csv, rules);
        let mut found = Vec::new();
        while let Some(fetched) = source.next().unwrap() {
            found.push(match fetched {
                Fetched::Comment { .. } => None,
                Fetched::Bad { reason, .. } => Some(reason),
            });
        }
        found
    }

    const OLDER: &str = "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n\
        1403067224363,Wed Jun 18 11:53:44 WIB 2014,1,215,38,18,1,\"More, please\"\n\
        1403067224363,Wed Jun 18 11:53:44 WIB 2014,2,0,38,18,1,A seed\n\
        1403067224363,Wed Jun 18 11:53:44 WIB 2014,3,7,1,0,-1,Not this\n\
        soon,Wed Jun 18 11:53:44 WIB 2014,4,7,1,0,1,No date\n";
    const NEWER: &str = "timestamp,comment-id,author-id,agrees,disagrees,moderated,is-meta,is-seed,group-informed-consensus,comment-body\n\
        1726860676,2,0,57,0,1,false,true,0.68,A seed\n\
        1726860676,3,9,57,0,1,false,false,0.68,\"two\nlines\"\n";

    #[test]
    fn older_export_is_read_without_the_organizer() {
        let rules = PolisRules { organizers: vec!["0".into()], skip_moderated_out: true };
        let (organizer, moderated) = (Some(BadRow::Organizer), Some(BadRow::ModeratedOut));
        let expected = [None, organizer, moderated, Some(BadRow::BadDate)];
        assert_eq!(reasons(OLDER, &rules), expected);
    }

    #[test]
    fn comments_that_moderators_refused_count_unless_the_rules_leave_them_out() {
        let rules = PolisRules::default();
        assert_eq!(reasons(OLDER, &rules), [None, None, None, Some(BadRow::BadDate)]);
    }

    #[test]
    fn newer_export_is_read_without_its_seeds() {
        let expected = [Some(BadRow::Organizer), None];
        assert_eq!(reasons(NEWER, &PolisRules::default()), expected);
    }

    #[test]
    fn both_units_of_time_are_read() {
        let posted = |csv: &str, skip: usize| {
            let mut source = source(csv, &PolisRules::default());
            (0..skip).for_each(|_| drop(source.next()));
            match source.next().unwrap().unwrap() {
                Fetched::Comment { raw, .. } => raw.posted_at.as_second(),
                Fetched::Bad { reason, .. } => panic!("{reason:?}"),
            }
        };
        assert_eq!((posted(OLDER, 0), posted(NEWER, 1)), (1_403_067_224, 1_726_860_676));
    }

    #[test]
    fn unquoted_text_with_commas_is_put_together_again() {
        let columns = source(OLDER, &PolisRules::default()).columns;
        let fields = StringRecord::from(vec!["1", "d", "1", "2", "3", "4", "1", "More", " please"]);
        assert_eq!(columns.body(&fields), "More, please");
    }
}
