//! Serves the dashboard of a pipeline's data folder on this machine alone: how a server mounts the
//! gallery, and what the browser tests run against. One request a connection, no threads.
//!
//!     cargo run --example gallery -- fixtures/published/riverton.toml 8321 [DATA]
//!
//! Port 0 is any free one; the address is printed.
#![allow(clippy::print_stdout)]

use std::{
    error::Error,
    io::{BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
};

use undertone::{
    config::{Overrides, load},
    dashboard::{Gallery, Page, Request},
    ledger::read_entries,
    release::Archive,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pipeline, port, data @ ..] = arguments.as_slice() else {
        return Err("give a pipeline file and a port".into());
    };
    let gallery = gallery(Path::new(pipeline), data.first().map(PathBuf::from))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.parse()?))?;
    println!("http://{}/", listener.local_addr()?);
    for stream in listener.incoming() {
        // A reader that went away is no reason to stop.
        let _ = stream.and_then(|stream| answer(&gallery, stream));
    }
    Ok(())
}

fn gallery(file: &Path, data: Option<PathBuf>) -> Result<Gallery, Box<dyn Error>> {
    let pipeline = load(file, Overrides { data, ..Overrides::default() })?;
    let entries = read_entries(&pipeline.data).unwrap_or_default();
    let releases = Archive::of(&pipeline.data).published(&entries)?;
    let checkpoint = std::fs::read_to_string(pipeline.data.join("ledger/checkpoint")).ok();
    let visible_until = "2100-01-01T00:00:00Z".parse()?;
    Ok(Gallery::new(pipeline.exhibits(entries, checkpoint, releases, visible_until))?)
}

fn answer(gallery: &Gallery, mut stream: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut accept_language = String::new();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("accept-language")
        {
            accept_language = value.trim().to_owned();
        }
    }
    let target = first.split(' ').nth(1).unwrap_or("/");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = Request { path, query, accept_language: &accept_language };
    let Page { status, content_type, headers, body } = gallery.answer(&request);
    let mut head = format!(
        "HTTP/1.1 {status} \r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n",
        body.len()
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(&body)
}
