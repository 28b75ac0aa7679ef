//! Requests over HTTP: bounded in time, size and number, and made again with patience.

use std::{
    io::Read,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ureq::{
    Agent,
    config::Config,
    http::{Request, Response, Uri},
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};
use url::Url;
use zeroize::Zeroizing;

use super::{
    Fault, Policy, Secret, Surroundings,
    backoff::{pause_after, retry_after},
};

/// A page holds at most so many bytes.
pub(in crate::connectors) const BODY_BYTES_MAX: u64 = 16 << 20;
/// Redirects that are followed for one request.
const REDIRECTS_MAX: u32 = 3;
const CONNECT_MAX: Duration = Duration::from_secs(15);
/// Silence within an answer.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(45);
/// One request, from its first byte to the last of its answer.
const CALL_MAX: Duration = Duration::from_secs(120);

const AGENT: &str = concat!("undertone/", env!("CARGO_PKG_VERSION"));

/// What to ask.
#[derive(Clone, Debug)]
pub(in crate::connectors) struct Ask {
    /// Of whom and for what.
    pub url: Url,
    /// A JSON body makes it a POST.
    pub json: Option<String>,
    /// What kind of answer is read.
    pub accept: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

impl Ask {
    /// A GET of `url`.
    pub fn get(url: Url, accept: &'static str) -> Self {
        Self { url, json: None, accept, headers: Vec::new() }
    }
}

/// What was answered; zeroed on drop, since it holds what residents wrote.
pub(in crate::connectors) type Body = Zeroizing<Vec<u8>>;

/// The header in which a service wants its token, and what stands before the token in it.
pub(in crate::connectors) type TokenHeader = (&'static str, &'static str);

/// A client that asks one service by the rules of its policy.
pub(in crate::connectors) struct Outbound {
    pub(super) policy: Policy,
    pub(super) surroundings: Surroundings,
    token: Option<(TokenHeader, Secret)>,
    agent: Agent,
    pinned: Arc<Mutex<Vec<SocketAddr>>>,
}

impl Outbound {
    pub fn new(
        policy: Policy,
        token: Option<(TokenHeader, Secret)>,
        surroundings: Surroundings,
    ) -> Self {
        let pinned = Arc::default();
        let resolver = Pinned(Arc::clone(&pinned));
        let agent = Agent::with_parts(config(), DefaultConnector::default(), resolver);
        Self { policy, surroundings, token, agent, pinned }
    }

    /// Asks until there is an answer, with pauses, a bounded number of times.
    pub fn ask(&self, ask: &Ask) -> Result<Body, Fault> {
        self.patiently(|| {
            let mut body = Vec::new();
            let answer = self.answer(ask, Some(CALL_MAX))?;
            let limited = answer.into_body().into_with_config().limit(BODY_BYTES_MAX);
            let read = limited.reader().read_to_end(&mut body);
            let body = Zeroizing::new(body);
            read.map(|_| body).map_err(|error| match error.downcast::<ureq::Error>() {
                Ok(error) => Fault::from(error),
                Err(error) => Fault::Broken(error.kind()),
            })
        })
    }

    /// Makes one request, once, within `call`; of its answer nothing but the status is read.
    pub fn post(&self, ask: &Ask, call: Duration) -> Result<(), Fault> {
        self.answer(ask, Some(call)).map(drop)
    }

    /// Opens an answer that has no end.
    pub fn stream(&self, ask: &Ask) -> Result<Box<dyn Read + Send>, Fault> {
        let answer = self.answer(ask, None)?;
        Ok(Box::new(answer.into_body().into_reader()))
    }

    /// Waits as long as the machine is told to.
    pub fn wait(&self, pause: Duration) {
        (self.surroundings.wait)(pause);
    }

    /// What the clock says.
    pub fn now(&self) -> jiff::Timestamp {
        self.surroundings.clock.now()
    }

    fn patiently<T>(&self, mut once: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match once() {
                Ok(answer) => return Ok(answer),
                Err(fault) => self.wait(pause_after(fault, attempt)?),
            }
        }
    }

    /// The head of a successful answer, after the redirects before it.
    fn answer(&self, ask: &Ask, call: Option<Duration>) -> Result<Response<ureq::Body>, Fault> {
        let mut url = ask.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let answer = self.once(ask, &url, call)?;
            let code = answer.status().as_u16();
            let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
            match code {
                200..=299 => return Ok(answer),
                301 | 302 | 303 | 307 | 308 if ask.json.is_none() => {
                    let target = header("location").ok_or(Fault::Redirects)?;
                    url = url.join(target).map_err(|_| Fault::Redirects)?;
                }
                _ => {
                    let asked = header("retry-after");
                    let retry_after = asked.and_then(|asked| retry_after(asked, self.now()));
                    return Err(Fault::Status { code, retry_after });
                }
            }
        }
        Err(Fault::Redirects)
    }

    fn once(
        &self,
        ask: &Ask,
        url: &Url,
        call: Option<Duration>,
    ) -> Result<Response<ureq::Body>, Fault> {
        self.policy.admit(url)?;
        let addresses = self.policy.pin(url, &self.surroundings.look_up)?;
        *self.pinned.lock().unwrap_or_else(PoisonError::into_inner) = addresses;
        let mut request = Request::builder().uri(url.as_str()).header("accept", ask.accept);
        for (name, value) in &ask.headers {
            request = request.header(*name, value.as_str());
        }
        if let Some(((name, prefix), secret)) = &self.token
            && url.origin() == ask.url.origin()
        {
            request = request.header(*name, secret.after(prefix).as_str());
        }
        let timed = |request| self.agent.configure_request(request).timeout_per_call(call).build();
        let answer = match &ask.json {
            None => {
                let request = request.body(()).map_err(|_| Fault::Protocol)?;
                self.agent.run(timed(request))
            }
            Some(json) => {
                let request = request.method("POST").header("content-type", "application/json");
                let request = request.body(json.as_str()).map_err(|_| Fault::Protocol)?;
                let configured = self.agent.configure_request(request).timeout_per_call(call);
                self.agent.run(configured.build())
            }
        };
        answer.map_err(Fault::from)
    }
}

fn config() -> Config {
    Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(AGENT)
        .timeout_connect(Some(CONNECT_MAX))
        .timeout_per_read(Some(SILENCE_MAX))
        .timeout_per_write(Some(SILENCE_MAX))
        .max_response_header_size(64 << 10)
        .max_idle_connections(1)
        .build()
}

/// Gives the addresses that the policy has pinned for this very request; looks nothing up.
#[derive(Debug)]
struct Pinned(Arc<Mutex<Vec<SocketAddr>>>);

impl Resolver for Pinned {
    fn resolve(
        &self,
        _: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        let pinned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pinned.iter().for_each(|address| found.push(*address));
        if found.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(found) }
    }
}
