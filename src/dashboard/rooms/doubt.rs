//! What the correction for the classifier's mistakes says against a side that a page names.

use maud::{Markup, html};

use crate::{
    dashboard::{
        numbers::{Origin, net_range},
        shelf::city_net,
        tongue::Tongue,
        view::View,
    },
    estimate::{Doubt, corrected_city},
    release::{Document, Interval},
};

/// A sentence where the city's side does not outlast the correction; nothing else.
pub(super) fn of_city(view: &View<'_>, document: &Document, topic: Option<&str>) -> Markup {
    let net = city_net(document, topic).and_then(|measure| measure.estimate());
    match (net, corrected_city(document, topic)) {
        (Some(net), Some(corrected)) => said(view.tongue, net, corrected),
        _ => html! {},
    }
}

fn said(tongue: Tongue, net: Interval, corrected: Interval) -> Markup {
    let Some(doubt) = Doubt::between(net, corrected) else { return html! {} };
    let words = match doubt {
        Doubt::Open => tongue.pick(
            "Corrected for the classifier's mistakes, as far as these were measured, the side of the whole city is not \
             certain: net sentiment then lies from ",
            "Corregida por los errores del clasificador, hasta donde se midieron, la inclinación de toda la ciudad no es \
             segura: el balance está entonces entre ",
        ),
        Doubt::Turned => tongue.pick(
            "Corrected for the classifier's mistakes, as far as these were measured, the whole city leans the other way: \
             net sentiment then lies from ",
            "Corregida por los errores del clasificador, hasta donde se midieron, toda la ciudad se inclina al otro lado: \
             el balance está entonces entre ",
        ),
    };
    html! {
        p.finding { (words) span.nb { (net_range(tongue, corrected, Origin::Derived)) } "." }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correction_that_takes_a_side_back_is_said_in_both_languages_and_another_is_not() {
        let net = |low, high| Interval { value: f64::midpoint(low, high), low, high };
        let english = said(Tongue::English, net(0.1, 0.2), net(-0.111, 0.061)).into_string();
        assert!(english.contains("not certain") && english.contains("\u{2212}0.12"), "{english}");
        let spanish = said(Tongue::Spanish, net(0.1, 0.2), net(-0.3, -0.1)).into_string();
        assert!(spanish.contains("se inclina al otro lado"), "{spanish}");
        assert_eq!(said(Tongue::English, net(0.1, 0.2), net(0.05, 0.3)).into_string(), "");
        assert_eq!(said(Tongue::Spanish, net(-0.1, 0.2), net(0.05, 0.3)).into_string(), "");
    }
}
