//! `pipelines/every-key.toml` names every key there is, and none that is not.
//!
//! The keys are not listed here: a deserializer asks the raw structs for them, field by field, so
//! that a key added in code is missed here until the file explains it.

use std::{collections::BTreeSet, fs, path::Path};

use serde::{
    Deserialize,
    de::{
        DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{Error, StrDeserializer, StringDeserializer},
    },
    forward_to_deserialize_any,
};
use undertone::config::{Overrides, load, raw::RawPipeline};

use crate::support::models;

const FILE: &str = "pipelines/every-key.toml";

/// Tables whose keys are the city's own.
const FREE: [&str; 2] = ["redaction.actions", "census.residents"];

#[test]
fn every_key_file_is_a_plan_that_holds() {
    let overrides = Overrides { models: Some(models()), ..Overrides::default() };
    let pipeline = load(Path::new(FILE), overrides).unwrap();
    assert_eq!(pipeline.plan.privacy.families().len(), 1);
}

#[test]
fn pipelines_of_services_are_plans_that_hold() {
    for file in ["open311", "nyc-311", "mastodon"] {
        let overrides = Overrides { models: Some(models()), ..Overrides::default() };
        let file = format!("pipelines/{file}.toml");
        let pipeline = load(Path::new(&file), overrides).unwrap();
        assert!(pipeline.input.is_none(), "{file}");
    }
}

#[test]
fn every_key_file_names_every_key_and_no_other() {
    let mut known = BTreeSet::new();
    RawPipeline::deserialize(Sample { path: String::new(), found: &mut known }).unwrap();
    let mut named = BTreeSet::new();
    collect("", &toml::Value::Table(uncommented()), &mut named);
    let missing: Vec<_> = known.difference(&named).collect();
    let stale: Vec<_> = named.difference(&known).collect();
    assert!(missing.is_empty(), "{FILE} does not explain {missing:?}");
    assert!(stale.is_empty(), "{FILE} explains what no pipeline file may hold: {stale:?}");
    assert!(known.len() > 50, "the structs were not asked: {known:?}");
}

#[test]
fn every_key_that_is_commented_out_has_a_value_of_its_type() {
    RawPipeline::deserialize(toml::Value::Table(uncommented())).unwrap();
}

/// The file with its commented keys (`# key = value`) in force.
fn uncommented() -> toml::Table {
    let in_force = |line: &str| match line.strip_prefix("# ") {
        Some(rest) if rest.split(' ').nth(1) == Some("=") => rest.to_owned(),
        _ => line.to_owned(),
    };
    let text = fs::read_to_string(FILE).unwrap();
    text.lines().map(in_force).collect::<Vec<_>>().join("\n").parse().unwrap()
}

/// Dotted paths of all keys below `value`; entries of a list share theirs.
fn collect(path: &str, value: &toml::Value, found: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) if !FREE.contains(&path) => {
            for (key, value) in table {
                let path = dotted(path, key);
                collect(&path, value, found);
                found.insert(path);
            }
        }
        toml::Value::Array(list) => list.iter().for_each(|value| collect(path, value, found)),
        _ => {}
    }
}

fn dotted(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Gives every struct all its fields, each a value that fits, and writes down their paths.
struct Sample<'a> {
    path: String,
    found: &'a mut BTreeSet<String>,
}

impl<'de> Deserializer<'de> for Sample<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { path: self.path, left: fields, found: self.found })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(One(Some(self)))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { path: self.path, left: &[], found: self.found })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let first: StrDeserializer<'_, Error> = variants[0].into_deserializer();
        visitor.visit_enum(first)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(true)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_char(',')
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f32(1.0)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(1.0)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u8(1)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u8(1)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u8(1)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u8(1)
    }

    /// A date fits wherever a text does.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str("2026-01-05")
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u128 str string bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct identifier ignored_any
    }
}

struct Fields<'a> {
    path: String,
    left: &'static [&'static str],
    found: &'a mut BTreeSet<String>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(field) = self.left.first() else { return Ok(None) };
        let field: StringDeserializer<Error> = (*field).to_owned().into_deserializer();
        seed.deserialize(field).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (field, left) = self.left.split_first().unwrap();
        let path = dotted(&self.path, field);
        self.left = left;
        self.found.insert(path.clone());
        seed.deserialize(Sample { path, found: self.found })
    }
}

struct One<'a>(Option<Sample<'a>>);

impl<'de> SeqAccess<'de> for One<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        self.0.take().map(|sample| seed.deserialize(sample)).transpose()
    }
}
