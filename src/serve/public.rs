//! The listener for everybody: the site, and for who knows the token how it is.

use std::sync::Arc;
use std::time::SystemTime;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::admin::{Admin, Page};
use super::inlet::Inlet;
use super::listen::Answers;
use super::plain::{self, Reply};
use super::site::Site;
use super::traffic::Traffic;
use crate::model::Secret;

/// A site, and behind a token what the operator sees.
pub struct Public {
    site: Arc<Site>,
    admin: Option<Arc<Admin>>,
}

/// Which of them answers later.
pub enum Later {
    /// The site.
    Site(<Site as Answers>::Later),
    /// What the operator sees.
    Admin(Arc<Admin>, Page),
}

impl Public {
    /// Without an admin, or while its configuration has no token, its addresses are like any that do not exist.
    pub fn new(site: Arc<Site>, admin: Option<Arc<Admin>>) -> Self {
        Self { site, admin }
    }
}

impl Answers for Public {
    type Later = Later;

    fn at_once(&self, request: &Parts, now: SystemTime) -> Result<Reply, Later> {
        let asked = self.admin.as_ref().filter(|_| Admin::has(request.uri.path()));
        let Some((admin, token)) = asked.and_then(|admin| Some((admin, admin.token()?))) else {
            return self.site.at_once(request, now).map_err(Later::Site);
        };
        if !is_allowed(&request.headers, &token) {
            return Ok(unknown());
        }
        admin
            .at_once(request, now)
            .map_err(|page| Later::Admin(admin.clone(), page))
    }

    async fn later(&self, request: &Parts, later: Later, now: SystemTime) -> Reply {
        match later {
            Later::Site(later) => self.site.later(request, later, now).await,
            Later::Admin(admin, page) => admin.later(request, page, now).await,
        }
    }

    fn traffic(&self) -> &Traffic {
        &self.site.traffic
    }

    fn inlet(&self) -> Option<&dyn Inlet> {
        Answers::inlet(&*self.site)
    }
}

/// `Authorization: Bearer TOKEN`, or, as browsers can send it, the token as password of any user.
fn is_allowed(headers: &HeaderMap, token: &Secret) -> bool {
    let Some(given) = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let (scheme, given) = given.split_once(' ').unwrap_or((given, ""));
    if scheme.eq_ignore_ascii_case("bearer") {
        return is_same(given.trim().as_bytes(), token);
    }
    let user_and_password = BASE64_STANDARD.decode(given.trim()).unwrap_or_default();
    let password = user_and_password.splitn(2, |byte| *byte == b':').nth(1);
    scheme.eq_ignore_ascii_case("basic") && password.is_some_and(|password| is_same(password, token))
}

/// Hashes are of one length and are compared in a time that tells nothing of where they differ.
fn is_same(given: &[u8], token: &Secret) -> bool {
    blake3::hash(given) == blake3::hash(token.expose().as_bytes())
}

fn unknown() -> Reply {
    let mut reply = plain::error(StatusCode::UNAUTHORIZED);
    for challenge in [
        "Bearer realm=\"feedmill\"",
        "Basic realm=\"feedmill\", charset=\"UTF-8\"",
    ] {
        let challenge = HeaderValue::from_static(challenge);
        reply.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
    }
    reply
}
