//! What may be said from released tables. All of it is post-processing of public numbers: it costs
//! no privacy and could be done by any reader of a release.
//!
//! Every statement carries its interval; places whose difference the noise could explain are said
//! to be alike.

mod city;
mod groups;

pub use city::{city_wide, unread_voices};
pub use groups::{Ranked, ranking};
