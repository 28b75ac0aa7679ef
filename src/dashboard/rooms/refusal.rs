//! Why a plan that a reader tries would be refused, in the reader's language.

use crate::{
    dashboard::tongue::Tongue,
    privacy::{BudgetError, PlanError, ScenarioError},
};

/// The reason as a sentence. The command line says the English one.
pub(super) fn refused(tongue: Tongue, why: &ScenarioError) -> String {
    match tongue {
        Tongue::English => why.to_string(),
        Tongue::Spanish => spanish(why),
    }
}

fn spanish(why: &ScenarioError) -> String {
    match why {
        ScenarioError::Budget(error) => budget(error),
        ScenarioError::Plan(error) => plan(error),
        ScenarioError::Loss(_) => library().into(),
        ScenarioError::WindowDays(days) => {
            format!("un período tiene {days} días; pueden ser de 1 a 366")
        }
        ScenarioError::NoKeys(_) => {
            "el plan no nombra barrios o temas, así que no hay nada que variar".into()
        }
    }
}

fn library() -> &'static str {
    "la biblioteca de privacidad rechazó calcular la pérdida de este plan"
}

fn budget(why: &BudgetError) -> String {
    match why {
        BudgetError::Epsilon(epsilon) => {
            format!("épsilon es {epsilon}; debe ser mayor que 0 y como mucho 50")
        }
        BudgetError::Delta(delta) => {
            format!("delta es {delta}; debe ser mayor que 0 y muy pequeña")
        }
        BudgetError::Digits(number) => {
            format!("{number} tiene más de 15 cifras o es demasiado pequeño")
        }
        BudgetError::Period(windows) => {
            format!("el plan tiene {windows} períodos juntos: no caben")
        }
        BudgetError::Nothing => {
            "el presupuesto no llega a una millonésima de rho; suba épsilon".into()
        }
        BudgetError::Loss(_) => library().into(),
    }
}

fn plan(why: &PlanError) -> String {
    match why {
        PlanError::WindowsMax { family, windows_max, period_windows, spans_max, .. } => format!(
            "pregunta `{family}`: windows_max es {windows_max}, pero en {period_windows} períodos caben como \
             mucho {spans_max} publicaciones suyas"
        ),
        PlanError::ShareTooSmall { family, share } => format!(
            "pregunta `{family}`: {share} es demasiado poco para ruido alguno; suba su parte o el presupuesto"
        ),
        PlanError::Cells { family, cells } => {
            format!("la pregunta `{family}` tiene {cells} celdas: son demasiadas")
        }
        PlanError::OverBudget { cost, budget, .. } => format!(
            "el plan cuesta {cost} de {budget}; suba sigma, baje windows_max o suba el presupuesto"
        ),
        PlanError::OverShare { family, cost, share, .. } => format!(
            "la pregunta `{family}` cuesta {cost} de su parte de {share}; suba su sigma o su parte, o baje \
             windows_max"
        ),
        PlanError::LossAbove { of, loss, bound } => {
            format!("{of}: las pérdidas suman rho {loss}, más que {bound}; suba sigma")
        }
        PlanError::EpsilonAbove { found, delta, stated } => {
            format!("rho implica épsilon {found} con delta {delta}, más que {stated}")
        }
        PlanError::ToDate { family, run, period_windows } => format!(
            "pregunta `{family}`: to_date_windows es {run}; pueden ser de 2 a {period_windows}, con \
             every_windows = 1 y windows_max = 1"
        ),
        PlanError::NoWindows { family } => {
            format!("la pregunta `{family}` acaba antes de empezar")
        }
        PlanError::Shares { total, .. } => {
            format!("las partes suman {total}\u{a0}%; bájelas a 100\u{a0}% juntas")
        }
        PlanError::Keys(count) => format!("el plan nombra {count} de una clase: son demasiados"),
        PlanError::Loss(_) => library().into(),
        PlanError::Families(_)
        | PlanError::Id(_)
        | PlanError::Duplicate(_)
        | PlanError::Every { .. }
        | PlanError::CellsMax { .. }
        | PlanError::Share { .. }
        | PlanError::NoNoise { .. }
        | PlanError::Misstated { .. }
        | PlanError::Levels { .. }
        | PlanError::Districts(_) => {
            "las preguntas del plan se contradicen así; pruebe otra combinación".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_is_said_in_the_readers_language_with_its_numbers() {
        let why = ScenarioError::Plan(PlanError::WindowsMax {
            family: "pulse".into(),
            windows_max: 9,
            period_windows: 4,
            every_windows: 1,
            spans_max: 4,
        });
        let [english, spanish] = Tongue::ALL.map(|tongue| refused(tongue, &why));
        assert!(
            english.contains("give 1 to 4") && spanish.contains("caben"),
            "{english} {spanish}"
        );
        assert!(["`pulse`", "9", "4"].iter().all(|part| spanish.contains(part)), "{spanish}");
    }
}
