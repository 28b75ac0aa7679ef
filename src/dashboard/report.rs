//! Every room in one file that needs nothing else: no server, no network, no second file.

use maud::{DOCTYPE, PreEscaped, html};

use super::{
    filter::Filter,
    gallery::Gallery,
    page::{self, SCRIPT},
    rooms,
    tongue::Tongue,
    view::{Medium, View},
};

/// The file, about one topic or about everything.
pub(super) fn write(gallery: &Gallery, tongue: Tongue, topic: Option<&str>) -> String {
    let chosen = topic.map_or_else(Filter::default, |id| Filter::default().with("topic", id));
    let view = |room| View { gallery, tongue, filter: chosen.clone(), medium: Medium::Paper, room };
    let style = page::style();
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        page::source_hash(&style),
        page::source_hash(SCRIPT),
    );
    let title = &gallery.plan().title;
    let written = html! {
        (DOCTYPE)
        html lang=(tongue.tag()) {
            head {
                meta charset="utf-8";
                meta http-equiv="content-security-policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="data:,";
                (page::inline_style(&style))
            }
            body.paper {
                (page::patterns())
                a.skip href="#main" { (tongue.pick("To the content", "Ir al contenido")) }
                (page::header(&view("paper")))
                main id="main" tabindex="-1" {
                    @for named in rooms::NAMED {
                        @if let Some(room) = rooms::room(&view(named.address)) {
                            article.room id=(named.id()) { (room.main) }
                        }
                    }
                }
                (page::footer(&view("paper")))
                (rooms::embedded(gallery))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    format!("{}\n", written.into_string())
}
