//! Server-sent events: lines of `event:` and `data:`, an empty line behind each, and a heartbeat.

use std::io::{BufReader, Read};

use zeroize::Zeroizing;

use crate::{
    connectors::{
        lines::{LINE_BYTES_MAX, Lines},
        outbound::Fault,
        stream::Said,
    },
    pipeline::{Position, SourceError},
};

/// Reads events; each is told as its name, a line feed and its text.
pub(in crate::connectors) struct Events {
    lines: Lines,
    event: String,
    text: Zeroizing<String>,
}

impl Events {
    pub fn new(stream: Box<dyn Read + Send>) -> Self {
        let lines = Lines::new(BufReader::new(stream), String::new(), Position::default());
        Self { lines, event: String::new(), text: Zeroizing::default() }
    }

    pub fn next(&mut self) -> Result<Said, Fault> {
        loop {
            let line = self.lines.next().map_err(|error| match error {
                SourceError::Read { error, .. } => Fault::Broken(error.kind()),
                _ => Fault::Protocol,
            })?;
            let Some(line) = line else { return Ok(Said::End) };
            let bytes = Zeroizing::new(line.bytes.unwrap_or_default());
            let line = String::from_utf8_lossy(&bytes);
            let line = line.strip_suffix('\r').unwrap_or(&line);
            match line.split_once(':').unwrap_or((line, "")) {
                ("", "") => {
                    if let Some(said) = self.told() {
                        return Ok(said);
                    }
                }
                // The service greets at the start, when much may be waiting.
                ("", ")") => {}
                ("", _) => return Ok(Said::Quiet),
                ("event", name) => name.trim().clone_into(&mut self.event),
                ("data", data) if self.text.len() + data.len() <= LINE_BYTES_MAX => {
                    if !self.text.is_empty() {
                        self.text.push('\n');
                    }
                    self.text.push_str(data.strip_prefix(' ').unwrap_or(data));
                }
                _ => {}
            }
        }
    }

    fn told(&mut self) -> Option<Said> {
        let text = std::mem::take(&mut self.text);
        let event = std::mem::take(&mut self.event);
        (!event.is_empty()).then(|| Said::Message(Zeroizing::new(format!("{event}\n{}", &*text))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_whole_and_a_heartbeat_means_quiet() {
        let stream = ":)\r\n\nevent: update\ndata: {\"id\":\ndata: \"1\"}\nid: 7\n\n:thump\nevent: delete\r\ndata: 99\r\n\r\n";
        let mut events = Events::new(Box::new(stream.as_bytes()));
        let mut told = Vec::new();
        loop {
            told.push(match events.next().unwrap() {
                Said::Message(text) => text.to_string(),
                Said::Quiet => "quiet".into(),
                Said::End => break,
            });
        }
        assert_eq!(told, ["update\n{\"id\":\n\"1\"}", "quiet", "delete\n99"]);
    }
}
