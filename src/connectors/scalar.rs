//! Single values as sources write them: a number here, the same in quotes there.

use serde::Deserialize;

use crate::pipeline::BadRow;

/// A text or a number.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Text(String),
    Whole(i64),
    Large(u64),
    Real(f64),
}

impl Scalar {
    /// As it is written.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Whole(number) => number.to_string(),
            Self::Large(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
        }
    }

    /// The name of something. A number that is no whole one of 64 bits was rounded on reading, and
    /// two accounts rounded to one would be one resident.
    pub fn into_name(self) -> Result<String, BadRow> {
        match self {
            Self::Real(_) => Err(BadRow::BadField),
            exact => Ok(exact.into_text()),
        }
    }
}

/// The point of two fields: both, or none where both are missing, empty or zero, which is how
/// sources write an unknown point.
pub(super) fn point(
    latitude: Option<Scalar>,
    longitude: Option<Scalar>,
) -> Result<Option<(f64, f64)>, BadRow> {
    let degrees = |number: Option<Scalar>| {
        let text = number.map(Scalar::into_text).unwrap_or_default();
        match text.trim() {
            "" => Ok(None),
            text => text.parse::<f64>().map(Some).map_err(|_| BadRow::BadPlace),
        }
    };
    match (degrees(latitude)?, degrees(longitude)?) {
        (Some(latitude), Some(longitude)) if latitude == 0.0 && longitude == 0.0 => Ok(None),
        (Some(latitude), Some(longitude)) => Ok(Some((latitude, longitude))),
        (None, None) => Ok(None),
        _ => Err(BadRow::BadPlace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn point_is_whole_or_none() {
        let text = |text: &str| Some(Scalar::Text(text.into()));
        assert_eq!(point(text("41.5"), Some(Scalar::Whole(-72))), Ok(Some((41.5, -72.0))));
        for (latitude, longitude) in
            [(None, None), (text(""), text(" ")), (Some(Scalar::Real(0.0)), text("0"))]
        {
            assert_eq!(point(latitude, longitude), Ok(None));
        }
        assert_eq!(point(text("41.5"), None), Err(BadRow::BadPlace));
        assert_eq!(point(text("north"), text("-72")), Err(BadRow::BadPlace));
    }
}
