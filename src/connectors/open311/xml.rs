//! GeoReport requests in XML. Broken XML costs what stands after the break, not what stands before.

use quick_xml::{Reader, escape::resolve_html5_entity, events::Event};
use zeroize::Zeroizing;

use super::Report;
use crate::{connectors::scalar::Scalar, pipeline::BadRow};

/// A longer field is cut off; a row then refuses it as too long.
const FIELD_BYTES_MAX: usize = 1 << 17;
/// Elements nest no deeper in any server's answer.
const DEPTH_MAX: usize = 64;

/// The requests of an answer; `None` when it is no list of them.
pub(super) fn reports(body: &[u8], account: Option<&str>) -> Option<Vec<Result<Report, BadRow>>> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let text = Zeroizing::new(String::from_utf8_lossy(body).into_owned());
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.expand_empty_elements = true;
    let mut reading = Reading { account, depth: 0, listed: false, field: None, report: None };
    let mut found = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                if reading.depth == DEPTH_MAX {
                    found.push(Err(BadRow::TooDeep));
                    break;
                }
                reading.open(tag.local_name().into_inner());
            }
            Ok(Event::End(_)) => found.extend(reading.close().map(Ok)),
            Ok(Event::Text(text)) => reading.push(&text),
            Ok(Event::CData(text)) => reading.push(&text.into_inner()),
            Ok(Event::GeneralRef(name)) => match name.resolve_char_ref() {
                Ok(Some(character)) => reading.push(character.encode_utf8(&mut [0; 4])),
                _ => reading.push(resolve_html5_entity(&name).unwrap_or(" ")),
            },
            Ok(Event::Eof) => {
                if reading.depth > 0 {
                    found.push(Err(BadRow::NotXml));
                }
                break;
            }
            Ok(_) => {}
            Err(_) => {
                found.push(Err(BadRow::NotXml));
                break;
            }
        }
    }
    reading.listed.then_some(found)
}

struct Reading<'a> {
    account: Option<&'a str>,
    depth: usize,
    listed: bool,
    field: Option<(Field, Zeroizing<String>)>,
    report: Option<Report>,
}

#[derive(Clone, Copy)]
enum Field {
    Id,
    Description,
    Requested,
    Updated,
    Latitude,
    Longitude,
    Account,
}

/// Lists are at depth 1, requests at 2, their fields at 3.
const FIELD_DEPTH: usize = 3;

impl Reading<'_> {
    fn open(&mut self, name: &str) {
        self.depth += 1;
        match self.depth {
            1 => self.listed |= matches!(name, "service_requests" | "requests"),
            2 if self.listed && name == "request" => self.report = Some(Report::default()),
            FIELD_DEPTH if self.report.is_some() => {
                self.field = self.of(name).map(|field| (field, Zeroizing::default()));
            }
            _ => {}
        }
    }

    fn of(&self, name: &str) -> Option<Field> {
        Some(match name {
            name if self.account == Some(name) => Field::Account,
            "service_request_id" => Field::Id,
            "description" => Field::Description,
            "requested_datetime" => Field::Requested,
            "updated_datetime" => Field::Updated,
            "lat" => Field::Latitude,
            "long" => Field::Longitude,
            _ => return None,
        })
    }

    fn push(&mut self, text: &str) {
        if let Some((_, kept)) = &mut self.field
            && self.depth == FIELD_DEPTH
            && kept.len() + text.len() <= FIELD_BYTES_MAX
        {
            kept.push_str(text);
        }
    }

    fn close(&mut self) -> Option<Report> {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        match depth {
            2 => self.report.take(),
            FIELD_DEPTH => {
                let (field, text) = self.field.take()?;
                let report = self.report.as_mut()?;
                let value = (!text.trim().is_empty()).then(|| Scalar::Text(text.trim().to_owned()));
                *match field {
                    Field::Id => &mut report.id,
                    Field::Description => &mut report.description,
                    Field::Requested => &mut report.requested,
                    Field::Updated => &mut report.updated,
                    Field::Latitude => &mut report.latitude,
                    Field::Longitude => &mut report.longitude,
                    Field::Account => &mut report.account,
                } = value;
                None
            }
            _ => None,
        }
    }
}
