//! The visitor's own machine checks the ledger: what the page offers to the script that does it.

use maud::{Markup, PreEscaped, html};
use serde_json::{Map, Value, json};

use crate::dashboard::{
    gallery::Gallery,
    view::{Medium, View},
};

/// The name of the ledger's entries as a page hands them out.
const ENTRIES: &str = "ledger/entries.jsonl";

/// Sentences that the script says, by their name.
fn sentences(view: &View<'_>) -> [(&'static str, &'static str); 13] {
    [
        ("data-running", view.pick("Checking on your machine …", "Comprobando en su máquina …")),
        ("data-good", view.pick("Every check holds, on your own machine.", "Todas las comprobaciones se cumplen, en su propia máquina.")),
        ("data-bad", view.pick("NOT verified.", "NO verificado.")),
        ("data-chain", view.pick("entries, each naming the one before", "asientos, cada uno nombra al anterior")),
        ("data-root", view.pick("The signed head covers exactly these entries", "La cabecera firmada cubre exactamente estos asientos")),
        ("data-head", view.pick("The head is signed by the ledger’s key", "La cabecera está firmada con la clave del registro")),
        ("data-files", view.pick("releases: signed, and the bytes that the ledger committed", "publicaciones: firmadas, con los bytes que el registro fijó")),
        ("data-file", view.pick("is not what was signed and committed", "no es lo que se firmó y se fijó")),
        ("data-broken", view.pick("does not name the digest of the entry before it", "no nombra la huella del asiento anterior")),
        ("data-tampered", view.pick("One digit was changed in your copy of", "Se cambió una cifra en su copia de")),
        ("data-caught", view.pick("The tampered copy was found out, as it should be.", "La copia alterada se descubrió, como debe ser.")),
        ("data-old", view.pick(
            "This browser does not know Ed25519 signatures; use a newer one, or `undertone ledger verify`.",
            "Este navegador no conoce las firmas Ed25519; use uno más nuevo, o `undertone ledger verify`.",
        )),
        ("data-insecure", view.pick(
            "A browser checks signatures only on pages opened by https, on this machine, or from a file.",
            "Un navegador solo comprueba firmas en páginas abiertas por https, en esta máquina o desde un archivo.",
        )),
    ]
}

/// The section of the room.
pub(super) fn section(view: &View<'_>) -> Markup {
    if view.gallery.checkpoint().is_none() {
        return html! {
            section.verify id="verify" {
                h2 { (view.pick("Check it yourself", "Compruébelo usted")) }
                p { (view.pick(
                    "The ledger has no signed head yet. With the first entry your browser can check it here.",
                    "El registro aún no tiene cabecera firmada. Con el primer asiento su navegador podrá comprobarlo aquí.",
                )) }
            }
        };
    }
    let files = view.gallery.shelf().files();
    html! {
        section.verify id="verify" {
            h2 { (view.pick("Check it yourself", "Compruébelo usted")) }
            p { (view.pick(
                "Your own machine can check every signature and the chain of the ledger; nothing is sent anywhere. Then try a copy \
                 in which one digit was changed, and see it found out.",
                "Su propia máquina puede comprobar cada firma y la cadena del registro; no se envía nada a ningún sitio. Pruebe luego \
                 una copia con una cifra cambiada y vea cómo se descubre.",
            )) }
            div.checks hidden data-verify="" {
                p {
                    button type="button" data-check="true" { (view.pick("Check now", "Comprobar ahora")) } " "
                    @if !files.is_empty() {
                        button type="button" data-check="tampered" { (view.pick("Check a tampered copy", "Comprobar una copia alterada")) }
                    }
                }
                div.sentences hidden data-sentences="" {
                    @for (name, sentence) in sentences(view) { span data-name=(name) { (sentence) } }
                }
                ul.found data-found="" {}
                p.verdict role="status" data-verdict="" {}
            }
            noscript {
                p { (view.pick(
                    "Scripts are off, so the browser cannot check. The program can:",
                    "Los scripts están apagados y el navegador no puede comprobar. El programa sí:",
                )) " " code { "undertone ledger verify" } "." }
            }
            details {
                summary { (view.pick("The files that are checked", "Los archivos que se comprueban")) }
                ul.files {
                    @for name in names(view.gallery) {
                        @let link = (view.medium == Medium::Site).then_some(&name);
                        li {
                            a data-file=(name) href=[link] { (name) }
                            @if name == ENTRIES { " " (view.pick(
                                "(the entries of ledger/entries.log, a line each)",
                                "(las entradas de ledger/entries.log, una por línea)",
                            )) }
                        }
                    }
                }
                p { (view.pick(
                    "The whole check, with every loss recomputed by the library: ",
                    "La comprobación completa, con cada pérdida recalculada por la biblioteca: ",
                )) code { "undertone ledger verify" } "." }
            }
        }
    }
}

fn names(gallery: &Gallery) -> Vec<String> {
    let files = gallery.shelf().files().iter().map(|file| format!("releases/{}", file.name));
    [ENTRIES, "ledger/checkpoint"].map(str::to_owned).into_iter().chain(files).collect()
}

/// The files themselves, within a page that nothing may be fetched from.
pub(in crate::dashboard) fn embedded(gallery: &Gallery) -> Markup {
    let mut files = Map::new();
    files.insert(ENTRIES.to_owned(), json!(gallery.entry_lines()));
    files.insert("ledger/checkpoint".to_owned(), json!(gallery.checkpoint()));
    for file in gallery.shelf().files() {
        let text = String::from_utf8_lossy(file.envelope.bytes()).into_owned();
        files.insert(format!("releases/{}", file.name), json!(text));
    }
    let body = Value::Object(files).to_string().replace('<', "\\u003c");
    html! { script type="application/json" id="files" { (PreEscaped(body)) } }
}
