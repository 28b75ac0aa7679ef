//! What a reader sees: pages made from releases, the ledger's public files and public numbers.
//!
//! It is a pure function from an immutable snapshot, the [`Gallery`], and a request to a page; a
//! server mounts it, and [`Gallery::report`] writes the same rooms into one file. It is not a
//! server, and it names neither text, model, store nor pipeline: nothing it could show was ever
//! secret.

mod asked;
mod chart;
mod figure;
mod filter;
mod gallery;
mod numbers;
mod page;
mod report;
mod rooms;
mod shelf;
mod tongue;
mod trials;
mod view;

pub use asked::Asked;
pub use gallery::{Exhibits, Gallery, GalleryError, Outline, Request};
pub use page::Page;
pub use tongue::Tongue;
