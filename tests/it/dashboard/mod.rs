//! The dashboard's pages, of a city with releases and of one with nothing released yet.

mod figures;
mod pages;

use std::{fs, path::Path};

use undertone::{
    config::{Overrides, load},
    dashboard::{Exhibits, Gallery, Outline, Page, Request},
    ledger::read_entries,
    release::{Archive, Document, ReleaseFile},
};

use crate::support::models;

/// Releases drawn once and kept; no test here depends on what their noise was.
const PIPELINE: &str = "fixtures/published/riverton.toml";
const DATA: &str = "fixtures/published/riverton";

/// Everything public of the kept releases.
fn exhibits() -> Exhibits {
    let entries = read_entries(Path::new(DATA)).unwrap();
    let releases = Archive::of(Path::new(DATA)).published(&entries).unwrap();
    let checkpoint = fs::read_to_string(Path::new(DATA).join("ledger/checkpoint")).unwrap();
    Exhibits { entries, releases, checkpoint: Some(checkpoint), ..empty() }
}

/// A city whose plan is public and that has nothing else yet.
fn empty() -> Exhibits {
    let overrides = Overrides { models: Some(models()), ..Overrides::default() };
    let pipeline = load(Path::new(PIPELINE), overrides).unwrap();
    let rings = pipeline.places.rings().into_iter();
    let outline = |(place, ring): (undertone::domain::Neighborhood, _)| Outline {
        neighborhood: usize::from(place.0),
        ring,
    };
    Exhibits {
        plan: pipeline.plan.public(),
        entries: Vec::new(),
        checkpoint: None,
        releases: Vec::new(),
        outlines: rings.map(outline).collect(),
        public: pipeline.public,
        visible_until: "2100-01-01T00:00:00Z".parse().unwrap(),
    }
}

fn riverton() -> Gallery {
    Gallery::new(exhibits()).unwrap()
}

fn documents() -> Vec<Document> {
    let of = |file: &ReleaseFile| file.envelope.document().clone();
    exhibits().releases.iter().map(of).collect()
}

/// The answer at an address such as `places?topic=noise`.
fn get(gallery: &Gallery, address: &str) -> Page {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    gallery.answer(&Request { path, query, accept_language: "" })
}

/// The body of an answer that is there.
fn body(gallery: &Gallery, address: &str) -> String {
    let page = get(gallery, address);
    assert_eq!(page.status, 200, "{address}");
    String::from_utf8(page.body).unwrap()
}

/// Values of an attribute, unescaped.
fn attributes(html: &str, name: &str) -> Vec<String> {
    let start = format!(" {name}=\"");
    let values = html.split(&start).skip(1).filter_map(|rest| rest.split('"').next());
    values.map(|value| value.replace("&amp;", "&").replace("&lt;", "<")).collect()
}

/// Class, exact value and shown text of every `data` element.
fn data(html: &str) -> Vec<(String, String, String)> {
    html.split("<data class=\"")
        .skip(1)
        .map(|rest| {
            let (class, rest) = rest.split_once("\" value=\"").unwrap();
            let (value, rest) = rest.split_once("\">").unwrap();
            let (shown, _) = rest.split_once("</data>").unwrap();
            (class.to_owned(), value.to_owned(), shown.to_owned())
        })
        .collect()
}
