//! What a release states of itself, in the reader's language. The file has it in English; what is not
//! known here is shown as it stands there, marked as English.

use maud::{Markup, html};

use crate::{
    dashboard::{tongue::Tongue, view::View},
    release::{Document, PrivacyUnit},
};

/// A sentence of a release file.
pub(super) fn stated(view: &View<'_>, english: &str) -> Markup {
    let spanish = SENTENCES.iter().find(|(known, _)| *known == english).map(|(_, text)| *text);
    match (view.tongue, spanish) {
        (Tongue::English, _) => html! { (english) },
        (Tongue::Spanish, Some(spanish)) => html! { (spanish) },
        (Tongue::Spanish, None) => html! { span lang="en" { (english) } },
    }
}

/// What adding or removing somebody means.
pub(super) fn adjacency(view: &View<'_>, document: &Document) -> String {
    let privacy = &document.privacy;
    let who = match privacy.unit {
        PrivacyUnit::Resident => "todo lo de un residente (una cuenta seudónima)",
        PrivacyUnit::Comment => {
            "todas las filas de un identificador (las filas no se unen por cuenta)"
        }
    };
    view.pick(
        privacy.adjacency.clone(),
        format!(
            "añadir o quitar {who}, se escribiera cuando se escribiera; todo lo publicado en cualesquiera {} \
             períodos seguidos queda junto por debajo del máximo por período",
            privacy.period_windows
        ),
    )
}

const SENTENCES: [(&str, &str); 12] = [
    (
        "discrete Gaussian, independent in every cell",
        "gaussiana discreta, independiente en cada celda",
    ),
    ("95 % intervals of the noise", "intervalos del 95 % del ruido"),
    (
        "net sentiment with Fieller intervals, or `measuring` below 4 sigma sqrt(3) voices",
        "balance con intervalos de Fieller, o «midiendo» por debajo de 4 sigma raíz(3) voces",
    ),
    (
        "levels of place reconciled by weighted least squares; raw values stay beside",
        "niveles de lugar conciliados por mínimos cuadrados ponderados; los valores en bruto quedan al lado",
    ),
    (
        "running totals decoded from all releases of the run; raw values stay beside",
        "totales acumulados descifrados de todas las publicaciones; los valores en bruto quedan al lado",
    ),
    (
        "a person with several accounts is several residents",
        "una persona con varias cuentas es varios residentes",
    ),
    (
        "a person who wrote several records is protected for each of them alone",
        "quien escribió varias filas queda protegido por cada una sola",
    ),
    (
        "the classifier's mistakes: intervals cover the privacy noise only",
        "los errores del clasificador: los intervalos cubren solo el ruido de privacidad",
    ),
    ("residents who did not write", "los residentes que no escribieron"),
    (
        "operators inside the boundary, who can read comments as they arrive",
        "quienes operan la máquina, que pueden leer los comentarios al llegar",
    ),
    ("comments refused under overload", "los comentarios rechazados por sobrecarga"),
    (
        "the loss grows by `all_per_period` with every further period: see `lifetime`",
        "la pérdida crece con cada período más: vea el máximo desde el primero",
    ),
];
