//! /healthz and /metrics on loopback.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tracing::{debug, warn};

/// Connections at one time.
const CONNECTIONS_MAX: usize = 16;
/// Longest life of a connection.
const CONNECTION_WAIT: Duration = Duration::from_secs(10);

/// Begins to listen; `metrics` is the latest text of /metrics.
pub async fn listen(address: SocketAddr, metrics: watch::Receiver<String>) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    tokio::task::spawn_local(serve(listener, metrics));
    Ok(())
}

async fn serve(listener: TcpListener, metrics: watch::Receiver<String>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let permit = Arc::clone(&room)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(%error, "a metrics connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let metrics = metrics.clone();
        tokio::task::spawn_local(async move {
            let _permit = permit;
            let service = hyper::service::service_fn(|request| {
                std::future::ready(answer(&request, &metrics))
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            match timeout(CONNECTION_WAIT, connection).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => debug!(%error, "a metrics connection failed"),
                Err(_) => debug!("a metrics connection took too long"),
            }
        });
    }
}

fn answer<B>(
    request: &Request<B>,
    metrics: &watch::Receiver<String>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, kind, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/healthz") => (StatusCode::OK, "text/plain", "ok\n".to_owned()),
        (&Method::GET, "/metrics") => (
            StatusCode::OK,
            "text/plain; version=0.0.4",
            metrics.borrow().clone(),
        ),
        (_, "/healthz" | "/metrics") => (
            StatusCode::METHOD_NOT_ALLOWED,
            "text/plain",
            "only GET\n".to_owned(),
        ),
        _ => (
            StatusCode::NOT_FOUND,
            "text/plain",
            "there are /healthz and /metrics\n".to_owned(),
        ),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    Ok(response)
}
