//! Opens byte streams to the venue: TCP, with TLS where the URL asks for it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// Longest wait for an open connection, TLS included.
pub const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// A byte stream, plain or encrypted.
pub trait ByteStream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> ByteStream for T {}

/// Where a URL leads and how.
#[derive(Clone)]
pub struct Place {
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
    /// `host` or `host:port`, as the Host header has it.
    pub authority: String,
}

impl Place {
    /// Of a URL that the configuration has checked: a scheme, a host, perhaps a port.
    pub fn of(url: &str) -> io::Result<Self> {
        let wrong = || {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{url} is not a usable URL"),
            )
        };
        let uri: hyper::Uri = url.parse().map_err(|_| wrong())?;
        let authority = uri.authority().ok_or_else(wrong)?;
        let encrypted = matches!(uri.scheme_str(), Some("https" | "wss"));
        Ok(Self {
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority
                .port_u16()
                .unwrap_or(if encrypted { 443 } else { 80 }),
            tls: encrypted.then(tls_connector).transpose()?,
            authority: authority.as_str().to_owned(),
        })
    }

    /// Opens a connection within `CONNECT_WAIT`.
    pub async fn dial(&self) -> io::Result<Box<dyn ByteStream>> {
        timeout(CONNECT_WAIT, self.dial_unbounded())
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no connection in time"))?
    }

    async fn dial_unbounded(&self) -> io::Result<Box<dyn ByteStream>> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
        tcp.set_nodelay(true)?;
        let Some(tls) = &self.tls else {
            return Ok(Box::new(tcp));
        };
        let name = ServerName::try_from(self.host.clone())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Box::new(tls.connect(name, tcp).await?))
    }
}

fn tls_connector() -> io::Result<TlsConnector> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
