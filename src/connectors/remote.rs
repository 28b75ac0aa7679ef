//! Services on the network: which there are, and how each is opened.
//!
//! Adding one is a file beside this one and its line in each of the three matches here; see
//! `docs/CONNECTORS.md`.

use super::{
    bluesky::{self, Bluesky},
    decidim::{self, Decidim},
    discourse, feed,
    mastodon::{self, Mastodon},
    open311::{self, Open311},
    outbound::{Outbound, Secret, Surroundings, TokenHeader},
    paged::{Paged, PagedSource, failed},
    regulations::{self, Regulations},
    seeclickfix::{self, SeeClickFix},
    service::{Service, Start},
    soda::{self, Soda},
    stream::{Listened, StreamSource},
};
use crate::{
    domain::SourceId,
    pipeline::{Position, Source, SourceError},
};

/// A service, and how it is read.
#[derive(Clone, Debug)]
pub struct Remote {
    /// What all services have in common.
    pub service: Service,
    /// Which kind it is.
    pub kind: Kind,
}

/// The services that are understood.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// Posts of Bluesky, by Jetstream.
    Bluesky(Bluesky),
    /// The comments of a Decidim component, over GraphQL.
    Decidim(Decidim),
    /// The posts of a Discourse forum.
    Discourse,
    /// An RSS or Atom feed.
    Feed,
    /// Statuses of a Mastodon server.
    Mastodon(Mastodon),
    /// Open311 GeoReport v2.
    Open311(Open311),
    /// Comments on a document at regulations.gov.
    Regulations(Regulations),
    /// Issues of a place at SeeClickFix.
    SeeClickFix(SeeClickFix),
    /// A Socrata dataset.
    Soda(Soda),
}

/// A service that may be asked.
pub(super) struct Checked {
    remote: Remote,
    outbound: Outbound,
}

impl Remote {
    /// Reads the token and holds the address against the rules, before anything is asked.
    pub(super) fn check(&self, surroundings: &Surroundings) -> Result<Checked, SourceError> {
        let Service { url, policy, token, .. } = &self.service;
        let name = self.name();
        policy.admit(url).map_err(|fault| failed(&name, &fault))?;
        let secret = token.as_ref().map(Secret::read).transpose();
        let secret = secret.map_err(|error| SourceError::Service {
            input: name,
            fault: format!("was not asked: {error}"),
            again_after: None,
        })?;
        let token = secret.map(|secret| (self.kind.token_header(), secret));
        let outbound = Outbound::new(policy.clone(), token, surroundings.clone());
        Ok(Checked { remote: self.clone(), outbound })
    }

    /// What the service is called in messages: its address without a query.
    pub(super) fn name(&self) -> String {
        let url = &self.service.url;
        format!("{}{}", url.origin().ascii_serialization(), url.path())
    }
}

impl Checked {
    /// What the service is called, also in bookmarks.
    pub fn name(&self) -> String {
        self.remote.name()
    }

    /// The rows behind `from`.
    pub fn open(self, id: SourceId, from: Position) -> Box<dyn Source> {
        let (name, Self { remote, outbound }) = (self.name(), self);
        let Remote { service, kind } = remote;
        let cursor = (from != Position::default()).then_some(from.offset);
        let start = Start { cursor, now: outbound.now() };
        let until = service.listen.map(|listen| start.now.saturating_add(listen));
        let until = until.map(|until| until.unwrap_or(start.now));
        match reader(&kind, service, id, start) {
            Reader::Paged(paged) => Box::new(PagedSource::new(paged, outbound, name, from)),
            Reader::Listened(listened) => {
                Box::new(StreamSource::new(listened, outbound, name, from, until))
            }
        }
    }
}

/// How a service is read: page by page, or as it speaks.
enum Reader {
    Paged(Box<dyn Paged>),
    Listened(Box<dyn Listened>),
}

fn reader(kind: &Kind, service: Service, id: SourceId, start: Start) -> Reader {
    use Reader::{Listened, Paged};
    match kind {
        Kind::Bluesky(settings) => {
            Listened(Box::new(bluesky::Posts::new(settings, service, id, start)))
        }
        Kind::Decidim(settings) => {
            Paged(Box::new(decidim::Comments::new(settings, service, id, start)))
        }
        Kind::Discourse => Paged(Box::new(discourse::Posts::new(service, id, start))),
        Kind::Feed => Paged(Box::new(feed::Feed::new(service, id, start))),
        Kind::Mastodon(settings) => {
            Listened(Box::new(mastodon::Statuses::new(settings, service, id, start)))
        }
        Kind::Open311(settings) => {
            Paged(Box::new(open311::Requests::new(settings, service, id, start)))
        }
        Kind::Regulations(settings) => {
            Paged(Box::new(regulations::Comments::new(settings, service, id, start)))
        }
        Kind::SeeClickFix(settings) => {
            Paged(Box::new(seeclickfix::Issues::new(settings, service, id, start)))
        }
        Kind::Soda(settings) => Paged(Box::new(soda::Rows::new(settings, service, id, start))),
    }
}

impl Kind {
    /// In which header the service wants its token.
    fn token_header(&self) -> TokenHeader {
        match self {
            Self::Soda(_) => ("x-app-token", ""),
            Self::Regulations(_) => ("x-api-key", ""),
            Self::Discourse => ("user-api-key", ""),
            _ => ("authorization", "Bearer "),
        }
    }
}
