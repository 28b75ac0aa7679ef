//! What is hidden: the kinds of personal data and the spans that hold them.
//!
//! A kind names a shape, not a person; nothing here holds text.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($variant:ident $word:literal $doc:literal;)*) => {
        /// A kind of personal data; its word stands in the text where the data stood.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum PiiKind {
            $(#[doc = $doc] $variant,)*
        }

        impl PiiKind {
            /// Every kind, most telling first: where spans of one length overlap, the first wins.
            pub const ALL: &'static [PiiKind] = &[$(PiiKind::$variant),*];

            /// The word used in placeholders and in the output of the command line.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(PiiKind::$variant => $word,)*
                }
            }
        }
    };
}

kinds! {
    Email "EMAIL" "An e-mail address.";
    Card "CARD" "A payment card number, its expiry or check digits.";
    Iban "IBAN" "A bank account number with a valid check sum.";
    NationalId "ID" "A number that a state gives to a person: SSN, DNI, NINO, passport, licence.";
    Phone "PHONE" "A telephone number.";
    Handle "HANDLE" "An account name on a network.";
    Url "URL" "A web address.";
    Ip "IP" "An internet address.";
    Mac "MAC" "A hardware address.";
    Geo "GEO" "Coordinates or a code that stands for them.";
    Plate "PLATE" "A vehicle's number plate.";
    BirthDate "BIRTH_DATE" "A date of birth.";
    Account "ACCOUNT" "A customer, employee, patient, policy or bank number.";
    Case "CASE" "A case, permit, parcel or claim number.";
    Address "ADDRESS" "Where somebody lives or gets mail.";
    Person "PERSON" "A person's name.";
    Age "AGE" "A person's age.";
    Postcode "ZIP" "A postal code.";
    Medical "MEDICAL" "A person's health.";
    Employer "EMPLOYER" "Where a person works.";
    Quasi "QUASI" "A trait that narrows down who somebody is.";
    Number "NUMBER" "A long number of unknown use.";
    Other "OTHER" "Words that no layer can read.";
}

impl PiiKind {
    /// Whether the kind points at one person or household by itself, so that no policy may keep it.
    pub fn is_direct(self) -> bool {
        use PiiKind::{Age, Case, Employer, Medical, Number, Other, Postcode, Quasi, Url};
        !matches!(self, Age | Postcode | Medical | Employer | Quasi | Case | Url | Number | Other)
    }
}

/// One hidden stretch of the original text.
///
/// # Units
/// `start` and `end` are bytes of the original, on character boundaries, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// First byte after.
    pub end: usize,
    /// What it holds.
    pub kind: PiiKind,
    /// How sure the recognizer is, 0 to 1; it never decides whether a pattern hides.
    pub score: f32,
    /// Which recognizer found it.
    pub recognizer: &'static str,
}

impl Span {
    /// Number of bytes covered.
    pub fn len(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether nothing is covered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the two share a byte.
    pub fn overlaps(&self, start: usize, end: usize) -> bool {
        self.start < end && start < self.end
    }
}
