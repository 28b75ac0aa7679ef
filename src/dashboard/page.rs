//! What a reader gets: bytes, their type and the headers that hold the page to its own origin.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::{
    chart::{CHART_CSS, definitions},
    rooms,
    tongue::Tongue,
    view::{Medium, View},
};

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The style of every page; the charts' own is beside it.
const PAGE_CSS: &str = include_str!("../../web/dashboard.css");
/// What a page can do more where scripts run.
pub(super) const SCRIPT: &str = include_str!("../../web/dashboard.js");

/// Nothing but what comes from here: no script or style within a page, no other origin.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

impl Page {
    fn new(status: u16, content_type: &'static str, policy: &str, body: Vec<u8>) -> Self {
        let headers = vec![
            ("content-security-policy", policy.to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("cross-origin-opener-policy", "same-origin".to_owned()),
            ("cross-origin-resource-policy", "same-origin".to_owned()),
            ("permissions-policy", "camera=(), geolocation=(), microphone=()".to_owned()),
        ];
        Self { status, content_type, headers, body }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A page of text.
pub(super) fn html_page(view: &View<'_>, status: u16, title: &str, main: &Markup) -> Page {
    let body = document(view, title, main).into_string().into_bytes();
    Page::new(status, "text/html; charset=utf-8", POLICY, body)
        .with("cache-control", "no-cache")
        .with("content-language", view.tongue.tag())
        .with("vary", "accept-language")
}

/// A public file, to keep or to check.
pub(super) fn file(content_type: &'static str, body: Vec<u8>) -> Page {
    let policy = match content_type {
        "image/svg+xml" => format!("default-src 'none'; style-src '{}'", source_hash(CHART_CSS)),
        _ => "default-src 'none'".to_owned(),
    };
    Page::new(200, content_type, &policy, body).with("cache-control", "no-cache")
}

/// Style, script and icon.
pub(super) fn asset(path: &str) -> Option<Page> {
    let (content_type, body) = match path {
        "undertone.css" => ("text/css; charset=utf-8", style()),
        "undertone.js" => ("text/javascript; charset=utf-8", SCRIPT.to_owned()),
        "icon.svg" => ("image/svg+xml", ICON.to_owned()),
        _ => return None,
    };
    let page = Page::new(200, content_type, "default-src 'none'", body.into_bytes());
    Some(page.with("cache-control", "public, max-age=3600"))
}

/// The page that says there is none.
pub(super) fn missing(view: &View<'_>) -> Page {
    let title = view.pick("There is no such page", "No existe esa página");
    let main = html! {
        h1 { (title) }
        p {
            (view.pick(
                "Each address here is made of what the city released. ",
                "Cada dirección de este sitio se compone de lo que la ciudad publicó. ",
            ))
            a href=[view.link_to("")] { (view.pick("Begin with the project.", "Empiece por el proyecto.")) }
        }
    };
    html_page(view, 404, title, &main)
}

/// All style, for a page and its charts.
pub(super) fn style() -> String {
    format!("{CHART_CSS}{PAGE_CSS}")
}

/// The hash by which a policy allows one style or script within a page.
pub(super) fn source_hash(source: &str) -> String {
    use base64::Engine as _;
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(source));
    format!("sha256-{digest}")
}

/// Changes with the asset, so that a reader's copy of an older one is not used.
fn version(source: &str) -> String {
    hex::encode(Sha256::digest(source)).chars().take(8).collect()
}

fn document(view: &View<'_>, title: &str, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(view.tongue.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · " (view.gallery.plan().title) }
                link rel="icon" href="icon.svg";
                link rel="stylesheet" href={ "undertone.css?v=" (version(&style())) };
                script src={ "undertone.js?v=" (version(SCRIPT)) } defer {}
            }
            body {
                (patterns())
                a.skip href="#main" { (view.pick("To the content", "Ir al contenido")) }
                (header(view))
                main id="main" tabindex="-1" { (main) }
                (footer(view))
            }
        }
    }
}

/// The patterns that all charts of a page share.
pub(super) fn patterns() -> Markup {
    html! { svg.defs width="0" height="0" aria-hidden="true" focusable="false" { (definitions()) } }
}

/// Whose page it is, and its rooms.
pub(super) fn header(view: &View<'_>) -> Markup {
    html! {
        header.top {
            p.city { a href=[view.link_to("")] { (view.gallery.plan().title) } }
            nav aria-label=(view.pick("Rooms", "Salas")) {
                ul {
                    @for room in rooms::NAMED {
                        @let here = view.room == room.address;
                        li {
                            a href=[view.link_to(room.address)] aria-current=[here.then_some("page")] {
                                (room.name(view.tongue))
                            }
                        }
                    }
                }
            }
            @if view.medium == Medium::Site { p.tongue {
                @for other in Tongue::ALL.into_iter().filter(|other| *other != view.tongue) {
                    a href=[view.link_with("lang", other.tag())] lang=(other.tag()) hreflang=(other.tag()) { (other.name()) }
                }
            } }
        }
    }
}

/// What every number here is, and where its clock stands.
pub(super) fn footer(view: &View<'_>) -> Markup {
    let plan = view.gallery.plan();
    let zone = view.gallery.zone().iana_name().unwrap_or("UTC");
    let budget = &plan.privacy.budget;
    html! {
        footer.bottom {
            p {
                @match view.tongue {
                    Tongue::English => {
                        "Each number here comes from a signed release, drawn once with noise that hides whether any one "
                        "resident took part: epsilon " (budget.epsilon) " at delta " (format!("{:e}", budget.delta))
                        " for any " (budget.period_windows) " windows together. Nothing here reads a comment."
                    }
                    Tongue::Spanish => {
                        "Cada número procede de una publicación firmada, con ruido sorteado una sola vez que oculta si un "
                        "residente cualquiera participó: épsilon " (budget.epsilon) " con delta " (format!("{:e}", budget.delta))
                        " para cualesquiera " (budget.period_windows) " períodos juntos. Nada aquí lee un comentario."
                    }
                }
            }
            p {
                (view.pick("Days and times are the city’s: ", "Días y horas son los de la ciudad: ")) (zone) ". "
                (view.pick("Made with Undertone.", "Hecho con Undertone."))
            }
        }
    }
}

/// A style within a page.
pub(super) fn inline_style(css: &str) -> Markup {
    html! { style { (PreEscaped(css)) } }
}

/// An interval about a tick.
const ICON: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#23323a"/><path d="M4 11v10M4 16h24M28 11v10" stroke="#fbf9f4" stroke-width="2" fill="none"/><rect x="9" y="11" width="14" height="10" fill="#7fb3c8"/><path d="M17 9v14" stroke="#fbf9f4" stroke-width="2.5"/></svg>
"##;
