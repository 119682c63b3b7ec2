//! The one way out: every request Goodword makes to an address somebody else gave goes through here.
//!
//! Only https; the name is resolved once, each resolved address is checked, and the connection is made to exactly the
//! address that was checked, so that a name cannot point elsewhere a moment later. Size and time are limited. Called by
//! jobs and by a sign-in on its way back, never while a page is read.

mod ranges;
#[cfg(test)]
mod tests;

pub use http::{HeaderMap, HeaderName, header};
pub use hyper::body::Bytes;
pub use url::Url;

use http::{HeaderValue, Method};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, pki_types::ServerName};
use url::{Host, Position};

/// Sent as `User-Agent`.
const AGENT: &str = concat!("Goodword/", env!("CARGO_PKG_VERSION"));
/// One address is given this long to accept a connection before the next is tried.
const CONNECT: Duration = Duration::from_secs(4);
/// Addresses of a name that are tried.
const ADDRESSES: usize = 4;
/// A longer URL is refused.
const URL_MAX: usize = 2_048;

/// How far this program may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nowhere: the demo, from which nothing leaves.
    Nowhere,
    /// Public addresses, by https.
    Public,
    /// Also loopback and private networks, and http: `--allow-private-outbound`.
    Anywhere,
}

/// Makes requests. Cloning shares it.
#[derive(Clone)]
pub struct Outbound {
    reach: Reach,
    tls: TlsConnector,
}

/// A request to make.
#[derive(Clone, Debug)]
pub struct Request {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Bytes,
    most: Option<usize>,
    within: Duration,
    redirects: u8,
}

/// What came back, whatever the status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// The body; empty after [`Request::without_body`].
    pub body: Bytes,
    /// Where it came from, after redirects.
    pub url: String,
}

/// Why there is no answer; each sentence can be shown to whoever gave the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The address can never be used: trying again is useless.
    #[error("{0}")]
    Refused(String),
    /// Nobody answers there just now.
    #[error("{0} could not be reached.")]
    Unreachable(String),
    /// The certificate is not good for that name.
    #[error("{0} did not prove who it is (its certificate is not valid).")]
    Untrusted(String),
    /// The answer is no HTTP, or broke off.
    #[error("{0} gave no proper answer.")]
    Garbled(String),
    /// More than was allowed.
    #[error("The answer of {0} is larger than can be taken here.")]
    TooLarge(String),
    /// Longer than was allowed.
    #[error("{0} took too long to answer.")]
    TooSlow(String),
}

impl Failure {
    /// Whether trying again later could help.
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }
}

impl Request {
    fn new(method: Method, url: &str, body: Bytes) -> Self {
        let within = Duration::from_secs(10);
        let (url, headers) = (url.to_owned(), HeaderMap::new());
        Self { method, url, headers, body, most: Some(256 * 1024), within, redirects: 0 }
    }

    /// A GET.
    pub fn get(url: &str) -> Self {
        Self::new(Method::GET, url, Bytes::new())
    }

    /// A POST of `body`.
    pub fn post(url: &str, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut request = Self::new(Method::POST, url, body.into());
        request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        request
    }

    /// A POST of form fields.
    pub fn post_form(url: &str, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::post(url, "application/x-www-form-urlencoded", body)
    }

    /// Adds a header; one that cannot be sent (a line break in it) is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The largest body to take, in bytes (256 KB unless said).
    #[must_use]
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.most = Some(bytes);
        self
    }

    /// Only status and headers matter: the body is not read.
    #[must_use]
    pub fn without_body(mut self) -> Self {
        self.most = None;
        self
    }

    /// The time for all of it, redirects included (10 s unless said).
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// Follows up to so many redirects of a GET, each checked like the first address. Headers of ours stay behind when
    /// the host changes. Without this a redirect is an answer like any other.
    #[must_use]
    pub fn following(mut self, redirects: u8) -> Self {
        self.redirects = redirects;
        self
    }
}

impl Outbound {
    /// A way out that trusts the usual certificate authorities (Mozilla's list).
    pub fn new(reach: Reach) -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self::trusting(reach, roots)
    }

    fn trusting(reach: Reach, roots: RootCertStore) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap_or_else(|_| unreachable!("ring speaks TLS 1.2 and 1.3"))
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { reach, tls: TlsConnector::from(Arc::new(config)) }
    }

    /// How far it reaches.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Checks an address as far as can be done without asking anybody: for forms in which one is typed.
    ///
    /// # Errors
    /// [`Failure::Refused`] with a sentence for the person.
    pub fn check(&self, url: &str) -> Result<Url, Failure> {
        let refuse = |why: &str| Err(Failure::Refused(why.to_owned()));
        if self.reach == Reach::Nowhere {
            return refuse("This is a demo: it calls nobody.");
        }
        if url.len() > URL_MAX {
            return refuse("That address is too long.");
        }
        let Ok(parsed) = Url::parse(url) else { return refuse("That is not a web address.") };
        let anywhere = self.reach == Reach::Anywhere;
        if !(parsed.scheme() == "https" || anywhere && parsed.scheme() == "http") {
            return refuse("The address has to begin with https://.");
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return refuse("The address must not hold a name or password.");
        }
        let public = match parsed.host() {
            Some(Host::Ipv4(ip)) => ranges::is_public(ip.into()),
            Some(Host::Ipv6(ip)) => ranges::is_public(ip.into()),
            Some(Host::Domain(name)) => !ranges::is_local_name(name),
            None => return refuse("That is not a web address."),
        };
        if public || anywhere { Ok(parsed) } else { refuse(ranges::REFUSAL) }
    }

    /// Makes a request.
    ///
    /// # Errors
    /// When there is no answer; an answer with status 404 or 500 is an answer.
    pub async fn send(&self, request: Request) -> Result<Answer, Failure> {
        let host = self.check(&request.url)?.host_str().unwrap_or_default().to_owned();
        let within = request.within;
        tokio::time::timeout(within, self.follow(request)).await.unwrap_or(Err(Failure::TooSlow(host)))
    }

    async fn follow(&self, mut request: Request) -> Result<Answer, Failure> {
        loop {
            let url = self.check(&request.url)?;
            let answer = self.once(&request, &url).await?;
            let moved = matches!(answer.status, 301 | 302 | 303 | 307 | 308) && request.method == Method::GET;
            let location = answer.headers.get(header::LOCATION).and_then(|v| v.to_str().ok());
            let (true, 1.., Some(location)) = (moved, request.redirects, location) else { return Ok(answer) };
            let Ok(next) = url.join(location) else { return Ok(answer) };
            if next.origin() != url.origin() {
                request.headers.clear();
            }
            request.url = next.into();
            request.redirects -= 1;
        }
    }

    async fn once(&self, request: &Request, url: &Url) -> Result<Answer, Failure> {
        let host = url.host_str().unwrap_or_default();
        let stream = self.connect(url).await?;
        if url.scheme() == "http" {
            return exchange(stream, request, url).await;
        }
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
            .map_err(|_| Failure::Refused("That is not a web address.".into()))?;
        let stream = self.tls.connect(name, stream).await.map_err(|error| {
            let distrusted = error.get_ref().and_then(|e| e.downcast_ref()).is_some_and(is_distrust);
            if distrusted { Failure::Untrusted(host.to_owned()) } else { Failure::Garbled(host.to_owned()) }
        })?;
        exchange(stream, request, url).await
    }

    /// Resolves the name once, checks every address it has, and connects to one of those.
    async fn connect(&self, url: &Url) -> Result<TcpStream, Failure> {
        let port = url.port_or_known_default().unwrap_or(443);
        let unreachable = || Failure::Unreachable(url.host_str().unwrap_or_default().to_owned());
        let addresses: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => vec![(ip, port).into()],
            Some(Host::Ipv6(ip)) => vec![(ip, port).into()],
            Some(Host::Domain(name)) => {
                tokio::net::lookup_host((name, port)).await.map_err(|_| unreachable())?.collect()
            }
            None => return Err(unreachable()),
        };
        self.permit(&addresses)?;
        for address in addresses.iter().take(ADDRESSES) {
            if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
                return Ok(stream);
            }
        }
        Err(unreachable())
    }

    /// A name with one private address among its public ones is refused whole: nobody honest has such a name.
    fn permit(&self, addresses: &[SocketAddr]) -> Result<(), Failure> {
        let fine = self.reach == Reach::Anywhere || addresses.iter().all(|a| ranges::is_public(a.ip()));
        if fine { Ok(()) } else { Err(Failure::Refused(ranges::REFUSAL.into())) }
    }
}

fn is_distrust(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidCertificate(_))
}

/// One request on one connection, which is closed afterwards.
async fn exchange<S>(stream: S, request: &Request, url: &Url) -> Result<Answer, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let host = url.host_str().unwrap_or_default();
    let garbled = || Failure::Garbled(host.to_owned());
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(64 * 1024)
        .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|_| garbled())?;
    // Ends with this function, also when it is given up.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let authority = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let mut made =
        http::Request::builder().method(&request.method).uri(&url[Position::BeforePath..Position::AfterQuery]);
    if let Some(headers) = made.headers_mut() {
        headers.extend(request.headers.clone());
        headers.insert(header::HOST, HeaderValue::from_str(&authority).map_err(|_| garbled())?);
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        headers.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
    }
    let made = made.body(Full::new(request.body.clone())).map_err(|_| garbled())?;
    let (head, body) = sender.send_request(made).await.map_err(|_| garbled())?.into_parts();
    let body = match request.most {
        None => Bytes::new(),
        Some(most) => Limited::new(body, most)
            .collect()
            .await
            .map_err(|e| if e.is::<LengthLimitError>() { Failure::TooLarge(host.to_owned()) } else { garbled() })?
            .to_bytes(),
    };
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body, url: url.to_string() })
}
