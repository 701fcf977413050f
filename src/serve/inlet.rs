//! Requests that are for no file: the server hands them on, with a body within limits.

use std::net::IpAddr;

use axum::http::request::Parts;
use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::plain::Reply;

/// Answers such requests.
pub trait Inlet: Send + Sync {
    /// Looks at the head of a request: `None`, when it is for somebody else; else how many bytes of a body are taken with
    /// it, with 0 none are looked at, or an answer before any are. In the extensions it may note what is set aside for the
    /// body.
    fn takes(&self, request: &mut Parts, client: IpAddr) -> Option<Result<u64, Reply>>;
    /// The answer.
    fn answer(&self, request: Parts, body: Bytes) -> BoxFuture<'_, Reply>;
}
