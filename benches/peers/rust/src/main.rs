//! Runs one of three Rust crates over JSON lines: `undertone-peers redact-core|cloakrs|pii`.
//!
//! What it is: the protocol of `undertone bench`. The first line out is {"ready": NAME}; then each
//! {"id","text"} in gives {"id","spans":[{"start","end","type"}]} out, in order, offsets in Unicode
//! code points. It reads and flushes in the same portions as `undertone redact`: what has arrived is
//! answered before it waits for more. What it is not: part of the product.

mod crates;

use std::{
    env,
    error::Error,
    io::{self, BufRead, BufReader, BufWriter, Write},
    process::ExitCode,
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Question<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    text: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a RawValue,
    #[serde(flatten)]
    body: Body,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body {
    Found { spans: Vec<Span> },
    Refused { error: &'static str },
}

/// A stretch that the crate would hide, in code points, end exclusive.
#[derive(Serialize)]
struct Span {
    start: usize,
    end: usize,
    r#type: String,
}

fn main() -> ExitCode {
    let named = env::args().nth(1).unwrap_or_default();
    let Some(engine) = crates::named(&named) else {
        eprintln!("undertone-peers: say redact-core, cloakrs or pii");
        return ExitCode::from(2);
    };
    match answer_all(&engine) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("undertone-peers: {error}");
            ExitCode::from(70)
        }
    }
}

fn answer_all(engine: &crates::Engine) -> Result<(), Box<dyn Error>> {
    let mut input = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    writeln!(output, "{}", serde_json::json!({ "ready": engine.name }))?;
    output.flush()?;
    let mut line = String::new();
    while input.read_line(&mut line)? > 0 {
        let Question { id, text } = serde_json::from_str(&line)?;
        let body = match (engine.find)(&text) {
            Some(found) => Body::Found { spans: code_points(&text, found) },
            None => Body::Refused { error: "the crate failed on this text" },
        };
        serde_json::to_writer(&mut output, &Answer { id, body })?;
        output.write_all(b"\n")?;
        if !input.buffer().contains(&b'\n') {
            output.flush()?;
        }
        line.clear();
    }
    output.flush()?;
    Ok(())
}

fn code_points(text: &str, found: Vec<crates::Found>) -> Vec<Span> {
    let count =
        |bytes: usize| text.as_bytes()[..bytes].iter().filter(|b| (**b as i8) >= -64).count();
    let span = |found: crates::Found| Span {
        start: count(found.bytes.start),
        end: count(found.bytes.end),
        r#type: found.kind,
    };
    found.into_iter().map(span).collect()
}
