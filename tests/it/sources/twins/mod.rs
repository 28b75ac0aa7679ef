//! The services, played.

mod bluesky;
mod decidim;
mod discourse;
mod feed;
mod mastodon;
mod open311;
mod regulations;
mod seeclickfix;
mod soda;

use std::sync::Arc;

use undertone::connectors::{JetstreamVersion, SodaVersion};

use super::Twin;

/// How a pipeline reads the dataset of the tests.
pub fn soda_kind() -> undertone::connectors::Kind {
    soda::Dataset { version: SodaVersion::Two }.kind()
}

/// One of each.
pub fn twins() -> Vec<Arc<dyn Twin>> {
    vec![
        Arc::new(bluesky::Jetstream { version: JetstreamVersion::One }),
        Arc::new(bluesky::Jetstream { version: JetstreamVersion::Two }),
        Arc::new(decidim::Component),
        Arc::new(discourse::Forum),
        Arc::new(feed::Feed { atom: false }),
        Arc::new(feed::Feed { atom: true }),
        Arc::new(mastodon::Server),
        Arc::new(open311::Requests { xml: false, pages: true }),
        Arc::new(open311::Requests { xml: true, pages: true }),
        Arc::new(open311::Requests { xml: false, pages: false }),
        Arc::new(regulations::Document),
        Arc::new(seeclickfix::Place),
        Arc::new(soda::Dataset { version: SodaVersion::Two }),
        Arc::new(soda::Dataset { version: SodaVersion::Three }),
    ]
}
