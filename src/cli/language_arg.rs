//! Languages that the command line names.

use anyhow::anyhow;

use super::Failure;
use crate::model::Languages;

/// The languages that `flag` lists.
pub(super) fn languages<S: AsRef<str>>(flag: &str, codes: &[S]) -> Result<Languages, Failure> {
    let all = Languages::all();
    let known = |code: &&S| all.codes().contains(&code.as_ref());
    if let Some(unknown) = codes.iter().find(|code| !known(code)) {
        let (code, allowed) = (unknown.as_ref(), all.codes().join(", "));
        return Err(Failure::usage(anyhow!(
            "{flag}: `{code}` is not read; allowed: {allowed}, each once"
        )));
    }
    Languages::new(codes).map_err(|_| {
        let allowed = all.codes().join(", ");
        Failure::usage(anyhow!("{flag}: a language stands twice; allowed: {allowed}, each once"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unread_language_is_refused_with_the_flag_and_what_is_allowed() {
        let refused = |codes: &[&str]| languages("--languages", codes).unwrap_err().to_string();
        let expected = "--languages: `de` is not read; allowed: en, es, each once";
        assert_eq!(refused(&["en", "de"]), expected);
        assert!(refused(&["es", "es"]).contains("stands twice"));
        assert_eq!(languages("--languages", &["es"]).unwrap().codes(), ["es"]);
    }
}
