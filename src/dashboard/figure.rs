//! A figure: what it says in a sentence, its chart, and the table behind it, which is also what it
//! downloads as.

use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::{
    chart::{Breadth, Drawing},
    numbers::{Origin, exact},
    view::View,
};
use crate::release::csv_field;

/// One column of a table.
pub(super) struct Column {
    /// Its name in files.
    pub key: &'static str,
    /// Its name for people.
    pub title: String,
}

/// One value of a table, exactly.
pub(super) enum Entry {
    /// Words.
    Text(String),
    /// A number; as it stands in a release, or worked out.
    Number(f64, Origin),
    /// None.
    Empty,
}

/// The table behind a chart.
#[derive(Default)]
pub(super) struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Vec<Entry>>,
}

/// One figure of a room.
pub(super) struct Figure {
    /// Its name in addresses.
    pub id: &'static str,
    /// What it shows.
    pub title: String,
    /// What it says.
    pub says: Markup,
    /// Its chart, wide and narrow; none where there is nothing to draw yet.
    pub drawings: Option<[Drawing; 2]>,
    /// How it is read.
    pub key: Markup,
    /// The table behind it.
    pub table: Table,
    /// Ids of the releases that it rests on.
    pub releases: Vec<String>,
}

/// What a figure downloads as.
pub(super) const FORMS: [&str; 3] = ["csv", "json", "svg"];

impl Table {
    /// A table with these columns: name in files, name for people.
    pub fn new(columns: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let columns = columns.into_iter().map(|(key, title)| Column { key, title }).collect();
        Self { columns, rows: Vec::new() }
    }

    fn csv(&self) -> String {
        let line = |fields: Vec<String>| fields.join(",") + "\n";
        let mut out = line(self.columns.iter().map(|column| column.key.to_owned()).collect());
        for row in &self.rows {
            out += &line(row.iter().map(Entry::csv).collect());
        }
        out
    }

    fn markup(&self, caption: &str) -> Markup {
        html! {
            div.scroll tabindex="0" role="region" aria-label=(caption) {
                table {
                    caption { (caption) }
                    thead { tr { @for column in &self.columns { th scope="col" { (column.title) } } } }
                    tbody {
                        @for row in &self.rows {
                            tr { @for value in row { (value.cell()) } }
                        }
                    }
                }
            }
        }
    }
}

impl Entry {
    fn csv(&self) -> String {
        match self {
            Self::Text(text) => csv_field(text),
            Self::Number(value, _) => exact(*value),
            Self::Empty => String::new(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Number(value, _) => json!(value),
            Self::Empty => Value::Null,
        }
    }

    fn cell(&self) -> Markup {
        match self {
            Self::Text(text) => html! { td { (text) } },
            Self::Number(value, origin) => {
                html! { td.n { (super::numbers::datum(&exact(*value), *value, *origin)) } }
            }
            Self::Empty => html! { td.n { "–" } },
        }
    }
}

impl Figure {
    /// As part of a page.
    pub fn markup(&self, view: &View<'_>) -> Markup {
        let tongue = view.tongue;
        html! {
            figure.figure id=(self.id) aria-labelledby={ (self.id) "-title" } {
                h2 id={ (self.id) "-title" } { (self.title) }
                p.says { (self.says) }
                @if let Some([wide, narrow]) = &self.drawings {
                    (wide.inline(Breadth::Wide)) (narrow.inline(Breadth::Narrow))
                }
                figcaption { (self.key) }
                @if !self.table.rows.is_empty() {
                    details {
                        summary { (tongue.pick("The numbers behind it, exactly", "Los números exactos")) }
                        (self.table.markup(&self.title))
                    }
                    (self.downloads(view))
                }
            }
        }
    }

    fn downloads(&self, view: &View<'_>) -> Markup {
        let forms = FORMS.iter().filter(|form| **form != "svg" || self.drawings.is_some());
        html! {
            p.downloads {
                (view.tongue.pick("Download: ", "Descargar: "))
                @for form in forms {
                    a href=(view.figure_link(self, form)) download=(self.file_name(view, form)) {
                        (form.to_uppercase())
                    } " "
                }
            }
        }
    }

    /// The name that a download gets.
    pub fn file_name(&self, view: &View<'_>, form: &str) -> String {
        format!("{}-{}.{form}", view.gallery.plan().pipeline, self.id)
    }

    /// The figure as a file.
    pub fn file(&self, view: &View<'_>, form: &str) -> Option<(&'static str, String)> {
        match form {
            "csv" => Some(("text/csv; charset=utf-8", self.table.csv())),
            "json" => Some(("application/json", format!("{:#}\n", self.json(view)))),
            "svg" => {
                let [wide, _] = self.drawings.as_ref()?;
                Some(("image/svg+xml", wide.file()))
            }
            _ => None,
        }
    }

    fn json(&self, view: &View<'_>) -> Value {
        let plan = view.gallery.plan();
        let row = |row: &Vec<Entry>| {
            let keys = self.table.columns.iter().map(|column| column.key.to_owned());
            Value::Object(keys.zip(row.iter().map(Entry::json)).collect::<Map<_, _>>())
        };
        let columns: Map<String, Value> =
            self.table.columns.iter().map(|c| (c.key.to_owned(), json!(c.title))).collect();
        let filter: Map<String, Value> =
            view.filter.pairs().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        json!({
            "format": "undertone-figure/1",
            "pipeline": {"id": plan.pipeline, "title": plan.title},
            "figure": self.id,
            "title": self.title,
            "chosen": filter,
            "releases": self.releases,
            "columns": columns,
            "rows": self.table.rows.iter().map(row).collect::<Vec<_>>(),
        })
    }
}
