//! The privacy room: what was spent, on what, and how to check it.

use maud::{Markup, html};

use super::{Room, project::short, stated::stated, verify};
use crate::{
    dashboard::{
        chart::{Breadth, Drawing, Intervals, Lean, Line, Reading, Stack, Stacks},
        figure::{Entry, Figure, Table},
        numbers::{Origin, day_short, exact},
        view::View,
    },
    domain::{Grouping, Window},
    ledger::{Fact, Reserve},
    privacy::FamilySpec,
    release::{Document, PrivacyUnit},
};

/// The room.
pub(super) fn room(view: &View<'_>) -> Room {
    let plan = view.gallery.plan();
    let budget = &plan.privacy.budget;
    let title =
        view.pick("Was the privacy budget kept?", "¿Se respetó el presupuesto de privacidad?");
    let charges = Charges::of(view);
    let unit = match plan.unit {
        PrivacyUnit::Resident => view.pick("one resident", "un residente"),
        PrivacyUnit::Comment => view.pick("one comment", "un comentario"),
    };
    let (epsilon, delta) = (budget.epsilon, format!("{:e}", budget.delta));
    let windows = budget.period_windows;
    let (most, nothing) = (charges.most(), charges.reserves.is_empty());
    let main = html! {
        section.answer {
            h1 { (title) }
            @if nothing {
                p.verdict { (view.pick("Nothing has been spent yet.", "Aún no se ha gastado nada.")) }
            } @else {
                p.verdict { (view.pick(
                    format!("Yes: no {windows} windows together charged {unit} more than the budget."),
                    format!("Sí: ningún grupo de {windows} períodos cargó a {unit} más que el presupuesto."),
                )) }
            }
            p.finding {
                (view.pick("The budget of any ", "El presupuesto de cualesquiera ")) (windows)
                (view.pick(" windows is ", " períodos es ")) "ρ " data.derived value=(exact(budget.rho.get())) { (rho(budget.rho.get())) }
                (view.pick(", that is epsilon ", ", es decir, épsilon ")) (epsilon) (view.pick(" at delta ", " con delta ")) (delta)
                @if nothing {
                    (view.pick(
                        ". With the first release, what it cost is charged here, before its noise is drawn.",
                        ". Con la primera publicación se carga aquí lo que cuesta, antes de sortear su ruido.",
                    ))
                } @else {
                    (view.pick("; the most charged in any so far is ", "; lo máximo cargado hasta ahora es "))
                    "ρ " data.derived value=(exact(most)) { (rho(most)) } "."
                }
            }
            p { small { (view.pick(
                "It hides whether any one of them took part at all, whatever they wrote. Several accounts of one person count as \
                 several; the classifier’s mistakes and the silent are not covered; the loss grows with every further period.",
                "Oculta si uno cualquiera participó siquiera, escribiera lo que escribiera. Varias cuentas de una persona son varios \
                 residentes; no cubre los errores del clasificador ni a los silenciosos; la pérdida crece con cada período más.",
            )) } }
        }
        div.figures {
            @for id in ["budget", "families"] {
                @if let Some(figure) = figure(view, id) { (figure.markup(view)) }
            }
        }
        (verify::section(view))
        (releases(view))
    };
    Room::found(title, main)
}

/// One figure.
pub(super) fn figure(view: &View<'_>, id: &str) -> Option<Figure> {
    match id {
        "budget" => budget(view),
        "families" => Some(families(view)),
        _ => None,
    }
}

/// What the ledger charged.
struct Charges<'a> {
    reserves: Vec<&'a Reserve>,
    families: Vec<&'a str>,
    period_windows: u32,
}

impl<'a> Charges<'a> {
    fn of(view: &View<'a>) -> Self {
        let plan = view.gallery.plan();
        let reserves = view.gallery.entries().filter_map(|(entry, _)| match &entry.fact {
            Fact::Reserve(reserve) => Some(reserve),
            _ => None,
        });
        let reserves: Vec<&Reserve> = reserves.collect();
        // Families that an earlier plan asked come after those of the plan in force.
        let mut families: Vec<&str> =
            plan.privacy.families.iter().map(|family| family.declared.id.as_str()).collect();
        for reserve in &reserves {
            if !families.contains(&reserve.family.as_str()) {
                families.push(&reserve.family);
            }
        }
        Self { reserves, families, period_windows: plan.privacy.budget.period_windows }
    }

    /// The last window of every period that was charged.
    fn periods(&self) -> Vec<u32> {
        let last = self.reserves.iter().map(|reserve| reserve.window.0).max();
        last.map_or_else(Vec::new, |last| (0..=last).collect())
    }

    /// What a resident who filled everything was charged for each family in the period that ends
    /// with `last`: what its releases cost, and never more than the family may cost in a period.
    fn in_period(&self, last: u32) -> Vec<f64> {
        let first = (last + 1).saturating_sub(self.period_windows);
        let part = |family: &&str| {
            let own = self
                .reserves
                .iter()
                .filter(|reserve| reserve.family == **family)
                .filter(|reserve| (first..=last).contains(&reserve.window.0));
            let (sum, most) = own.fold((0.0, 0.0), |(sum, most): (f64, f64), reserve| {
                (sum + reserve.loss.get(), most.max(reserve.loss_period.get()))
            });
            sum.min(most)
        };
        self.families.iter().map(part).collect()
    }

    fn most(&self) -> f64 {
        let sums = self.periods().into_iter().map(|last| self.in_period(last).iter().sum());
        sums.fold(0.0, f64::max)
    }
}

/// A loss, rounded up: against us.
fn rho(value: f64) -> String {
    crate::release::rounded(value * 1000.0, 3, f64::ceil)
        .parse::<f64>()
        .map_or_else(|_| exact(value), |thousandths| format!("{:.6}", thousandths / 1000.0))
}

fn budget(view: &View<'_>) -> Option<Figure> {
    let plan = view.gallery.plan();
    let charges = Charges::of(view);
    let periods = charges.periods();
    if periods.is_empty() {
        return None;
    }
    let limit = plan.privacy.budget.rho.get();
    let day = |window: u32| {
        let (_, until) = view.gallery.calendar().span(Window(window));
        day_short(view.tongue, until.yesterday().unwrap_or(until))
    };
    let mut columns = vec![
        ("from", view.pick("from", "desde").to_owned()),
        ("until", view.pick("until", "hasta").to_owned()),
        ("family", view.pick("question", "pregunta").to_owned()),
        ("rho", "rho".to_owned()),
    ];
    columns.push(("budget_rho", view.pick("budget", "presupuesto").to_owned()));
    let mut table = Table::new(columns);
    let mut stacks = Vec::new();
    for last in periods {
        let parts = charges.in_period(last);
        let first = (last + 1).saturating_sub(charges.period_windows);
        let (from, until) = (
            view.gallery.calendar().span(Window(first)).0,
            view.gallery.calendar().span(Window(last)).1,
        );
        for (family, part) in charges.families.iter().zip(&parts) {
            table.rows.push(vec![
                Entry::Text(from.to_string()),
                Entry::Text(until.to_string()),
                Entry::Text((*family).to_owned()),
                Entry::Number(*part, Origin::Derived),
                Entry::Number(limit, Origin::Derived),
            ]);
        }
        let sum: f64 = parts.iter().sum();
        stacks.push(Stack {
            name: view.pick(format!("to {}", day(last)), format!("al {}", day(last))),
            label: format!("{from} – {until}: rho {} / {}", rho(sum), rho(limit)),
            parts,
        });
    }
    let windows = charges.period_windows;
    let title = view.pick(
        format!("Spent in any {windows} windows"),
        format!("Gastado en {windows} períodos cualesquiera"),
    );
    let limit_name = view.pick(
        format!("the budget, ρ {}: no bar may pass this line", rho(limit)),
        format!("el presupuesto, ρ {}: ninguna barra pasa esta línea", rho(limit)),
    );
    let chart = Stacks { label: title.clone(), stacks: &stacks, limit, limit_name };
    Some(Figure {
        id: "budget",
        says: html! { (view.pick(
            "What a resident who filled every release was charged, by question. Most were charged less; nobody more.",
            "Lo cargado a un residente que llenó cada publicación, por pregunta. A casi todos se les cargó menos; a nadie más.",
        )) },
        drawings: Some([chart.draw(Breadth::Wide), chart.draw(Breadth::Narrow)]),
        key: html! {
            @for (at, family) in charges.families.iter().enumerate() {
                span.key { span class={ "swatch part-" (at % crate::dashboard::chart::PARTS) } {} (family) } " "
            }
        },
        title,
        table,
        releases: Vec::new(),
    })
}

/// Charges per family, and why each is asked.
fn families(view: &View<'_>) -> Figure {
    let plan = view.gallery.plan();
    let charges = Charges::of(view);
    let pick = |english: &str, spanish: &str| view.pick(english, spanish).to_owned();
    let mut table = Table::new([
        ("family", pick("question", "pregunta")),
        ("name", pick("name", "nombre")),
        ("why", pick("why it is asked", "para qué se pregunta")),
        ("share_percent", pick("share of the budget, %", "parte del presupuesto, %")),
        ("releases_charged", pick("releases charged", "publicaciones cargadas")),
        (
            "windows_max",
            pick(
                "of which a resident can fill in a period",
                "de las que un residente puede llenar por período",
            ),
        ),
        ("sigma_voices", pick("noise sigma, voices", "ruido sigma, voces")),
        ("rho_release", pick("rho of one release", "rho de una publicación")),
        ("rho_period", pick("rho of a period", "rho de un período")),
    ]);
    for family in &plan.privacy.families {
        let spec = &family.declared;
        let charged = charges.reserves.iter().filter(|reserve| reserve.family == spec.id).count();
        let number = |value: f64| Entry::Number(value, Origin::Derived);
        table.rows.push(vec![
            Entry::Text(spec.id.clone()),
            Entry::Text(spec.name.clone()),
            Entry::Text(why(view, spec.grouping).to_owned()),
            number(f64::from(spec.share_percent)),
            number(charged as f64),
            number(f64::from(spec.windows_max)),
            number(f64::from(family.sigma_units()) / f64::from(plan.privacy.voice_units)),
            number(family.loss_window.get()),
            number(family.loss_period.get()),
        ]);
    }
    Figure {
        id: "families",
        title: view.pick("What it is spent on", "En qué se gasta").to_owned(),
        says: html! {
            @match &plan.deployment {
                Some(deployment) => (deployment.intended_use),
                None => (view.pick("Each question was declared before any comment was read.", "Cada pregunta se declaró antes de leer comentario alguno.")),
            }
        },
        drawings: Some(shares(view)),
        key: html! {
            ul.families {
                @for family in &plan.privacy.families {
                    li {
                        b { (family.declared.name) } ": " (why(view, family.declared.grouping)) "; "
                        (family.declared.share_percent) "\u{a0}%, ρ " (rho(family.loss_period.get()))
                        (view.pick(" a period", " por período")) "."
                    }
                }
            }
        },
        table,
        releases: Vec::new(),
    }
}

/// The share of each question in the budget, wide and narrow.
fn shares(view: &View<'_>) -> [Drawing; 2] {
    let families = &view.gallery.plan().privacy.families;
    let line = |spec: &FamilySpec| Line {
        name: spec.name.clone(),
        href: None,
        reading: Reading::Known {
            value: None,
            band: (0.0, f64::from(spec.share_percent)),
            whisker: None,
            lean: Lean::Plain,
            shown: [format!("{}\u{a0}%", spec.share_percent), String::new()],
        },
        groups: String::new(),
        expected: None,
    };
    let lines: Vec<Line> = families.iter().map(|family| line(&family.declared)).collect();
    let chart = Intervals {
        label: view
            .pick(
                "Share of each question in the budget",
                "Parte de cada pregunta en el presupuesto",
            )
            .to_owned(),
        lines: &lines,
        domain: (0.0, 100.0),
        zero: Some(0.0),
        ends: view
            .pick(["nothing", "the whole budget"], ["nada", "todo el presupuesto"])
            .map(str::to_owned),
        tick: |value| format!("{value:.0}\u{a0}%"),
    };
    [chart.draw(Breadth::Wide), chart.draw(Breadth::Narrow)]
}

/// Why a question is asked, from what it counts by.
pub(super) fn why(view: &View<'_>, grouping: Grouping) -> &'static str {
    let Grouping { neighborhood, topic, sentiment } = grouping;
    match (neighborhood, topic, sentiment) {
        (true, true, true) => {
            view.pick("to see what moves each neighbourhood", "para ver qué mueve a cada barrio")
        }
        (true, false, true) => view.pick(
            "to see where residents are content and where not",
            "para ver dónde hay contento y dónde no",
        ),
        (false, true, true) => view.pick(
            "to see what pleases residents and what troubles them",
            "para ver qué agrada y qué preocupa",
        ),
        (false, false, true) => {
            view.pick("to see how content the city is", "para ver cuán contenta está la ciudad")
        }
        (_, true, false) => {
            view.pick("to see what residents write about", "para ver sobre qué se escribe")
        }
        (_, false, false) => view.pick(
            "to see who takes part, and who is missing",
            "para ver quién participa y quién falta",
        ),
    }
}

/// Every release with mechanism, sigma and why.
fn releases(view: &View<'_>) -> Markup {
    let documents: Vec<&Document> = view.gallery.shelf().documents().rev().collect();
    html! {
        section id="releases" {
            h2 { (view.pick("Every release", "Cada publicación")) }
            @if documents.is_empty() {
                p { (view.pick(
                    "None yet. Each will stand here with its noise, its cost and its entry in the ledger.",
                    "Ninguna todavía. Cada una estará aquí con su ruido, su coste y su asiento en el registro.",
                )) }
            } @else {
                div.scroll tabindex="0" role="region" aria-label=(view.pick("Every release", "Cada publicación")) {
                    table {
                        thead { tr {
                            th scope="col" { (view.pick("days", "días")) }
                            th scope="col" { (view.pick("question", "pregunta")) }
                            th scope="col" { (view.pick("why", "para qué")) }
                            th scope="col" { (view.pick("mechanism", "mecanismo")) }
                            th.n scope="col" { (view.pick("sigma, voices", "sigma, voces")) }
                            th.n scope="col" { "rho" }
                            th scope="col" { (view.pick("file", "archivo")) }
                        } }
                        tbody { @for document in &documents { (row(view, document)) } }
                    }
                }
            }
            p { a href=[view.link_to("ledger")] {
                (view.pick("Browse the ledger", "Recorrer el registro"))
            } }
        }
    }
}

fn row(view: &View<'_>, document: &Document) -> Markup {
    let privacy = &document.privacy;
    let link = view.link("release", &view.carried().with("release", short(document)));
    html! {
        tr {
            td { (view.days_of(document)) }
            td { a href=[link] { (document.family.name) } }
            td { (why(view, document.family.grouping)) }
            td { (stated(view, &privacy.mechanism)) }
            td.n { data.released value=(exact(privacy.sigma_voices)) { (format!("{:.2}", privacy.sigma_voices)) }
                @if document.to_date.is_some() { " " small { (view.pick("before decoding", "antes de descifrar")) } }
            }
            td.n { data.released value=(exact(privacy.this_release.rho)) { (rho(privacy.this_release.rho)) } }
            td { a href=[(view.medium == crate::dashboard::view::Medium::Site).then(|| format!("releases/{}", document.file_name()))] {
                (document.file_name())
            } }
        }
    }
}
