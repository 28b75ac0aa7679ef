//! Addresses: a house number with its street, in English and Spanish.
//!
//! A bare street, block or intersection is a planning signal and stays, unless the text ties it to
//! a home.

mod english;
mod home;
mod places;
mod postal;
mod spanish;
mod streets;

pub(super) use places::{is_place_name, names_a_house};
pub(super) use streets::Streets;

use super::patterns::Recognizer;

/// Every shape of an address.
pub(super) fn recognizers() -> Vec<Recognizer> {
    [english::recognizers(), spanish::recognizers(), home::recognizers(), postal::recognizers()]
        .into_iter()
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::PiiKind;
    use super::super::patterns::{assert_hits, assert_no_hits};
    use super::*;
    use PiiKind::{Address, Postcode};

    #[test]
    fn house_numbers_with_streets_are_found() {
        assert_hits(&[
            ("AT 418 E 9TH ST APT 3B HAS", "418 E 9TH ST APT 3B", Address),
            ("outside 1206 Birch Ave, Unit 2 is", "1206 Birch Ave, Unit 2", Address),
            ("at 9 Quarry Ln so", "9 Quarry Ln", Address),
            ("55 Rhodes Pl #12-C has", "55 Rhodes Pl #12-C", Address),
            ("is N64W12345 Mill Rd, Menomonee", "N64W12345 Mill Rd", Address),
            ("12 maple street", "12 maple street", Address),
            ("6891 Cherry Lane, Dover, TX 36591", "6891 Cherry Lane, Dover, TX 36591", Address),
            ("RR 2 Box 117 still", "RR 2 Box 117", Address),
            ("Rural Route 3, Box 45A still", "Rural Route 3, Box 45A", Address),
            ("HC 61 Box 12-B still", "HC 61 Box 12-B", Address),
            ("Star Route 2 Box 9 still", "Star Route 2 Box 9", Address),
            ("mail to P.O.B. 1174 please", "P.O.B. 1174", Address),
            ("to PSC 1280, Box 44, APO AE 09012", "PSC 1280, Box 44, APO AE 09012", Address),
            ("General Delivery, Tok, AK 99780", "General Delivery, Tok, AK 99780", Address),
            ("Apdo. Postal 5-33 y", "Apdo. Postal 5-33", Address),
            ("Casilla de correo 118 y", "Casilla de correo 118", Address),
            ("at 455 South 300 East again", "455 South 300 East", Address),
            ("at 1234 W 5600 S Apt 9 again", "1234 W 5600 S Apt 9", Address),
            ("outside the 1236 Elm St block", "1236 Elm St", Address),
            ("at W7420 Pine Ridge Rd again", "W7420 Pine Ridge Rd", Address),
            ("at 39W123 Silver Glen Rd again", "39W123 Silver Glen Rd", Address),
            ("to PO Box 88", "PO Box 88", Address),
            (
                "Vivo en la calle Reforma num. 245, interior 3, colonia Centro y",
                "calle Reforma num. 245, interior 3, colonia Centro",
                Address,
            ),
            ("C/ Mayor 12, 3o B", "C/ Mayor 12, 3o B", Address),
            ("Cra 7 # 12-34", "Cra 7 # 12-34", Address),
            ("in apartment 4B", "apartment 4B", Address),
            ("ZIP code 06511", "06511", Postcode),
        ]);
    }

    #[test]
    fn street_tied_to_a_home_is_found() {
        assert_hits(&[
            ("I live on Oak St and", "Oak St", Address),
            ("my house is at 5th and Main", "5th and Main", Address),
            ("we live in the 400 block of Elm Street", "400 block of Elm Street", Address),
            ("vivo en la calle Reforma desde", "calle Reforma", Address),
        ]);
    }

    #[test]
    fn bare_streets_and_counts_stay() {
        assert_no_hits(&[
            "potholes on Martin Luther King Jr Blvd near Cesar Chavez St",
            "stop sign down at 5th & Main and also Oak St and N. 3rd Ave",
            "the 400 block of Elm Street",
            "the 1200 Elm St block floods",
            "close 300 S and 400 E for the race",
            "between 200 N and 300 N it floods",
            "Rural Route 3 needs paving",
            "take route 2 to the box store",
            "a 4 way stop and 2 lane road",
            "fix the 3 potholes on Elm St",
            "20 minutes to drive",
            "In 2019 Main Street was closed",
            "Route 32 bus",
            "watch it live on Netflix",
            "out on 25 called Animal Crossing",
            "I live in a dead end street",
            "en la calle hay 3 baches",
        ]);
    }

    #[test]
    fn tagged_streets_are_told_from_houses() {
        assert!(names_a_house("418 E 9th St") && names_a_house("calle Reforma 245"));
        assert!(names_a_house("333 Howard") && names_a_house("Reforma 245"));
        assert!(
            !names_a_house("86") && !names_a_house("page 1-212") && !names_a_house("pole # 17")
        );
        assert!(!names_a_house("9th St") && !names_a_house("Route 32") && !names_a_house("Elm"));
    }

    #[test]
    fn names_of_places_are_told_from_people() {
        assert!(is_place_name("on ", " Blvd near") && is_place_name("plaza de ", " now"));
        assert!(!is_place_name("ask ", ", street") && !is_place_name("ask ", " told me"));
    }
}
