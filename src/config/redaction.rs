//! The `[redaction]` table with the files that it names.

use std::{fs, path::Path};

use super::{ConfigError, beside};
use crate::text::Policy;

/// Largest list of streets that is read.
const STREETS_BYTES_MAX: u64 = 8 << 20;

/// Adds the streets of `streets_file` to those of the table: one a line, `#` begins a remark.
pub(super) fn build(file: &Path, mut policy: Policy) -> Result<Policy, ConfigError> {
    let Some(named) = policy.streets_file.take() else { return Ok(policy) };
    let path = beside(file, &named);
    let fault = |what: String| {
        ConfigError::because("redaction.streets_file", format!("{}: {what}", path.display()))
    };
    let size = fs::metadata(&path).map_err(|e| fault(format!("cannot read it: {e}")))?.len();
    if size > STREETS_BYTES_MAX {
        return Err(fault(format!("found {size} bytes; allowed: at most {STREETS_BYTES_MAX}")));
    }
    let text = fs::read_to_string(&path).map_err(|e| fault(format!("cannot read it: {e}")))?;
    let streets = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    policy.streets.extend(streets.filter(|street| !street.is_empty()).map(str::to_owned));
    Ok(policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streets_of_the_file_join_those_of_the_table() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("streets.txt"), "# ours\n Birch Ave \n\nElm St # old\n")
            .unwrap();
        let named = |name: &str| Policy {
            streets: vec!["Main St".to_owned()],
            streets_file: Some(name.to_owned()),
            ..Policy::default()
        };
        let file = folder.path().join("town.toml");
        let policy = build(&file, named("streets.txt")).unwrap();
        assert_eq!(policy.streets, ["Main St", "Birch Ave", "Elm St"]);
        let error = build(&file, named("none.txt")).unwrap_err();
        assert_eq!(error.key, "redaction.streets_file");
    }
}
