//! Requests that are for no file: the server hands them on, with a body within limits.

use axum::http::request::Parts;
use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::plain::Reply;

/// Answers such requests.
pub trait Inlet: Send + Sync {
    /// How many bytes of a body it takes with this request; with 0 a body is not looked at. `None`: the request is for
    /// somebody else.
    fn takes(&self, request: &Parts) -> Option<u64>;
    /// The answer.
    fn answer(&self, request: Parts, body: Bytes) -> BoxFuture<'_, Reply>;
}
