//! JSON lines in, exactly one JSON line out for each, in order.

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{Failure, out};
use crate::domain::Sensitive;

/// Lines answered together; bounds what is held in memory.
const BATCH_LINES_MAX: usize = 64;
/// Longest line taken.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// As it was written: a number read and written again could be another one.
type Id = Option<Box<RawValue>>;

/// One input line: any id, and a text.
#[derive(Deserialize)]
struct Line {
    id: Id,
    text: String,
}

/// One output line.
#[derive(Serialize)]
struct Answer<T> {
    id: Id,
    #[serde(flatten)]
    body: Body<T>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<T> {
    Said(T),
    /// Its line, counted from 1, and what is wrong with it.
    Refused {
        line: u64,
        error: String,
        /// Whether the line was sound and answering it failed.
        #[serde(skip)]
        is_ours: bool,
    },
}

type RawLine = Result<Zeroizing<Vec<u8>>, &'static str>;

/// Answers every line of standard input with `answer`, which must be a pure function of the text.
/// A line that cannot be read gets `{"id", "line", "error"}` and the run goes on; it fails in the end
/// where that was every line: with 1, or with 70 where answering failed for one of them.
pub(super) fn answer_each<T: Serialize + Send>(
    answer: impl Fn(Sensitive<String>) -> Result<T, String> + Sync,
) -> Result<(), Failure> {
    print_each(answer, |answer| serde_json::to_string(answer).map_err(Failure::internal))
}

/// The same for a person: each answer below a line with its id.
pub(super) fn tell_each<T: fmt::Display + Send>(
    answer: impl Fn(Sensitive<String>) -> Result<T, String> + Sync,
) -> Result<(), Failure> {
    print_each(answer, |answer| Ok(told(answer)))
}

fn told<T: fmt::Display>(answer: &Answer<T>) -> String {
    let id = answer.id.as_ref().map_or("none", |id| id.get());
    match &answer.body {
        Body::Said(said) => format!("id {id}\n{said}"),
        Body::Refused { line, error, .. } => format!("id {id}\n  error in line {line}: {error}\n"),
    }
}

fn print_each<T: Send>(
    answer: impl Fn(Sensitive<String>) -> Result<T, String> + Sync,
    print: impl Fn(&Answer<T>) -> Result<String, Failure>,
) -> Result<(), Failure> {
    let mut input = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut output = io::BufWriter::new(io::stdout().lock());
    let mut tally = Tally::default();
    loop {
        let batch = read_batch(&mut input)?;
        if batch.is_empty() {
            output.flush().map_err(out::closed)?;
            return tally.told();
        }
        let first = tally.lines + 1;
        let numbered = (first..).zip(batch).collect::<Vec<_>>().into_par_iter();
        let answers: Vec<_> = numbered.map(|(at, line)| one(at, line, &answer)).collect();
        for answer in answers {
            tally.add(&answer);
            writeln!(output, "{}", print(&answer)?).map_err(out::closed)?;
        }
        output.flush().map_err(out::closed)?;
    }
}

/// How many lines there were, and how many could not be answered.
#[derive(Debug, Default)]
struct Tally {
    lines: u64,
    bad: u64,
    /// Of the bad ones those that were sound themselves.
    ours: u64,
}

impl Tally {
    fn add<T>(&mut self, answer: &Answer<T>) {
        self.lines += 1;
        if let Body::Refused { is_ours, .. } = answer.body {
            self.bad += 1;
            self.ours += u64::from(is_ours);
        }
    }

    /// Says on standard error how many lines were bad; a failure where all were.
    fn told(&self) -> Result<(), Failure> {
        let Self { lines, bad, ours } = self;
        let told = format!(
            "{bad} of {lines} lines could not be answered; what stands in their place says why"
        );
        match *bad {
            0 => Ok(()),
            all if all == *lines && *ours > 0 => Err(Failure::internal(anyhow::anyhow!(told))),
            all if all == *lines => Err(Failure::check(anyhow::anyhow!(told))),
            _ => {
                eprintln!("undertone: {told}");
                Ok(())
            }
        }
    }
}

fn one<T>(
    at: u64,
    line: RawLine,
    answer: &impl Fn(Sensitive<String>) -> Result<T, String>,
) -> Answer<T> {
    let refused =
        |id, error, is_ours| Answer { id, body: Body::Refused { line: at, error, is_ours } };
    let refuse = |id, error: String| refused(id, error, false);
    let bytes = match line {
        Ok(bytes) => bytes,
        Err(error) => return refuse(None, error.into()),
    };
    if std::str::from_utf8(&bytes).is_err() {
        return refuse(None, "the line is not UTF-8".into());
    }
    match serde_json::from_slice::<Line>(&bytes) {
        Ok(Line { id, text }) => match answer(Sensitive::new(text)) {
            Ok(said) => Answer { id, body: Body::Said(said) },
            Err(error) => refused(id, error, true),
        },
        Err(_) => {
            let (id, fault) = fault(&bytes);
            refuse(id, fault.into())
        }
    }
}

/// The id of a line that is no comment, and what is wrong with it.
fn fault(bytes: &[u8]) -> (Id, &'static str) {
    let Ok(fields) = serde_json::from_slice::<BTreeMap<String, Box<RawValue>>>(bytes) else {
        return (
            None,
            match serde_json::from_slice::<&RawValue>(bytes) {
                Ok(_) => "the line is JSON, but not an object",
                Err(_) => "the line is not JSON",
            },
        );
    };
    let fault = match fields.get("text").map(|text| text.get().starts_with('"')) {
        None => "the object has no `text`",
        Some(true) => "a field stands twice, or the text has half of a surrogate pair",
        Some(false) => "`text` is not a string",
    };
    (fields.get("id").cloned(), fault)
}

/// At least one line, and those that have already arrived behind it: a slow writer is answered at
/// once, a fast one in parallel.
fn read_batch<R: Read>(input: &mut BufReader<R>) -> Result<Vec<RawLine>, Failure> {
    let mut batch = Vec::new();
    while batch.len() < BATCH_LINES_MAX && (batch.is_empty() || input.buffer().contains(&b'\n')) {
        match read_line(input)? {
            Some(line) => batch.push(line),
            None => break,
        }
    }
    Ok(batch)
}

fn read_line(input: &mut impl BufRead) -> Result<Option<RawLine>, Failure> {
    let failed = |e: io::Error| {
        Failure::internal(anyhow::Error::new(e).context("cannot read standard input"))
    };
    let mut line = Zeroizing::new(Vec::new());
    let read = input.take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line).map_err(failed)?;
    if read == 0 {
        return Ok(None);
    }
    if line.len() as u64 > LINE_BYTES_MAX && line.last() != Some(&b'\n') {
        input.skip_until(b'\n').map_err(failed)?;
        return Ok(Some(Err("the line is longer than 1 MiB")));
    }
    Ok(Some(Ok(line)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const BIG: &[u8] = b"{\"id\": 123456789012345678901234567890, \"text\": \"a\"}";

    fn answered(input: &[u8]) -> Vec<String> {
        let mut reader = BufReader::new(input);
        let length = |text: Sensitive<String>| -> Result<Value, String> {
            let _ = text;
            Ok(serde_json::json!({"seen": true}))
        };
        let mut found = Vec::new();
        loop {
            let batch = read_batch(&mut reader).unwrap();
            if batch.is_empty() {
                return found;
            }
            let first = found.len() as u64 + 1;
            let answers = (first..).zip(batch).map(|(at, line)| one(at, line, &length));
            found.extend(answers.map(|answer| serde_json::to_string(&answer).unwrap()));
        }
    }

    #[test]
    fn every_line_gets_one_answer_in_order_whatever_it_holds() {
        let mut input = b"{\"id\":1,\"text\":\"a\"}\nnot json\n{\"id\":\"x\"}\n\xff\xfe\n".to_vec();
        input.extend(b"[1]\n{\"id\":3,\"text\":4}\n{\"id\":5,\"text\":\"a\",\"text\":\"b\"}\n");
        input.extend(std::iter::repeat_n(b'x', 3 << 20));
        input.extend(b"\n{\"id\":2,\"text\":\"b\"}");
        let answers: Vec<Value> =
            answered(&input).iter().map(|answer| serde_json::from_str(answer).unwrap()).collect();
        let ids: Vec<_> = answers.iter().map(|a| a["id"].clone()).collect();
        let (null, text) = (Value::Null, Value::from("x"));
        let (three, five) = (3.into(), 5.into());
        let expected =
            [1.into(), null.clone(), text, null.clone(), null.clone(), three, five, null, 2.into()];
        assert_eq!(ids, expected);
        assert!(answered(BIG)[0].contains("{\"id\":123456789012345678901234567890,"));
        let errors: Vec<_> = answers.iter().filter_map(|a| a["error"].as_str()).collect();
        let expected = [
            "the line is not JSON",
            "the object has no `text`",
            "the line is not UTF-8",
            "the line is JSON, but not an object",
            "`text` is not a string",
            "a field stands twice, or the text has half of a surrogate pair",
            "the line is longer than 1 MiB",
        ];
        assert_eq!(errors, expected);
        let lines: Vec<_> = answers.iter().filter_map(|a| a["line"].as_u64()).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn lines_that_are_all_bad_are_a_failure_and_a_few_are_not() {
        assert!(Tally { lines: 0, bad: 0, ours: 0 }.told().is_ok());
        assert!(Tally { lines: 3, bad: 2, ours: 2 }.told().is_ok());
        let failed = Tally { lines: 3, bad: 3, ours: 0 }.told().unwrap_err();
        assert!(matches!(failed, Failure::Check(_)));
        let failed = failed.to_string();
        assert_eq!(
            failed,
            "3 of 3 lines could not be answered; what stands in their place says why"
        );
    }

    #[test]
    fn lines_none_of_which_is_answered_though_one_is_sound_are_our_own_failure() {
        let fails = |_: Sensitive<String>| Err::<Value, _>("the model failed".to_owned());
        let mut tally = Tally::default();
        let lines: [&[u8]; 2] = [b"not json", b"{\"id\":1,\"text\":\"a\"}"];
        for (at, line) in (1..).zip(lines) {
            tally.add(&one(at, Ok(Zeroizing::new(line.to_vec())), &fails));
        }
        assert!(matches!(tally.told().unwrap_err(), Failure::Internal(_)));
    }
}
