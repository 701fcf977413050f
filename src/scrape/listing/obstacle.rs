//! Pages that answer 200 and are not the page: an error text, a consent wall, a bot check, a log-in.

use std::fmt;

use super::words;
use crate::scrape::page::Page;

/// What stands where the page should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The site wants to be sure that a person asks.
    BotCheck,
    /// The site wants cookies to be accepted first.
    Consent,
    /// The site wants the reader to log in or subscribe.
    Login,
    /// The site is broken or says that the page is gone, with status 200.
    ErrorText,
    /// The page is empty until a script runs.
    NeedsScript,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BotCheck => "a check whether a person asks (the site refuses programs)",
            Self::Consent => "a question to accept cookies instead of the page",
            Self::Login => "a log-in page",
            Self::ErrorText => "an error text, though with status 200",
            Self::NeedsScript => "nothing without JavaScript",
        })
    }
}

/// Pages with more text than this (bytes) are pages, whatever they say.
const LONGEST: usize = 4_000;

/// What stands where the page should be, if its title and text say so. `articles` is how many were found on it: a
/// page with many is one.
pub(super) fn of(page: &Page, text: &str, articles: usize) -> Option<Obstacle> {
    let title = page.document.select_single("title").text().to_lowercase();
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if articles >= 5 || text.len() > LONGEST {
        return None;
    }
    if let Some(obstacle) =
        by_title(&title).filter(|obstacle| *obstacle != Obstacle::ErrorText || articles < 3)
    {
        return Some(obstacle);
    }
    let text = text.to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
    if has_challenge(page) || says(&BOT_CHECKS) {
        return Some(Obstacle::BotCheck);
    }
    if says(&CONSENTS) {
        return Some(Obstacle::Consent);
    }
    if articles < 3 && text.len() < 1_500 && says(&ERRORS) {
        return Some(Obstacle::ErrorText);
    }
    if articles == 0 && page.document.select_single("input[type=password]").exists() {
        return Some(Obstacle::Login);
    }
    let few_words = words::count(&text) < 40;
    let scripted = says(&[
        "enable javascript",
        "javascript is required",
        "requires javascript",
        "activer javascript",
        "javascript aktivieren",
    ]) || page
        .document
        .select_single("#root, #app, #__next, #__nuxt")
        .exists();
    (articles == 0 && few_words && scripted).then_some(Obstacle::NeedsScript)
}

fn by_title(title: &str) -> Option<Obstacle> {
    const CHECKS: [&str; 12] = [
        "just a moment",
        "attention required",
        "access denied",
        "are you a robot",
        "robot or human",
        "human verification",
        "security check",
        "bot verification",
        "checking your browser",
        "ddos-guard",
        "pardon our interruption",
        "captcha",
    ];
    const CONSENT: [&str; 4] = [
        "before you continue",
        "privacy gate",
        "cookie consent",
        "consent required",
    ];
    const ERRORS: [&str; 14] = [
        "404",
        "page not found",
        "not found",
        "403 forbidden",
        "500 internal",
        "502 bad gateway",
        "503 service",
        "504 gateway",
        "database error",
        "service unavailable",
        "account suspended",
        "site maintenance",
        "under maintenance",
        "error establishing",
    ];
    let starts = |words: &[&str]| {
        words
            .iter()
            .any(|words| title.starts_with(words) || (title.len() < 60 && title.contains(words)))
    };
    if starts(&CHECKS) {
        Some(Obstacle::BotCheck)
    } else if starts(&CONSENT) {
        Some(Obstacle::Consent)
    } else if ERRORS.iter().any(|words| title.starts_with(words)) {
        Some(Obstacle::ErrorText)
    } else {
        None
    }
}

fn has_challenge(page: &Page) -> bool {
    const MARKS: &str = "#challenge-form, #challenge-running, #cf-wrapper, #cf-please-wait, .cf-browser-verification, #px-captcha, \
        .g-recaptcha, .h-captcha, .cf-turnstile, [id^=sec-if-cpt], iframe[src*=\"captcha-delivery\"], script[src*=\"_Incapsula_Resource\"], \
        script[src*=\"captcha-delivery\"]";
    page.document.select_single(MARKS).exists()
}

const BOT_CHECKS: [&str; 16] = [
    "verify you are human",
    "verifying you are human",
    "verify that you are human",
    "are you a robot",
    "not a robot",
    "checking your browser",
    "enable javascript and cookies to continue",
    "unusual traffic",
    "automated requests",
    "request unsuccessful",
    "complete the security check",
    "performance & security by cloudflare",
    "ddos protection by",
    "sind sie ein mensch",
    "vous êtes un humain",
    "no eres un robot",
];
const CONSENTS: [&str; 9] = [
    "before you continue to",
    "accept all cookies to continue",
    "we value your privacy",
    "your privacy choices",
    "mit werbung weiterlesen",
    "werbefrei im abo",
    "accepter et continuer",
    "continuer sans accepter",
    "aceptar y continuar",
];
const ERRORS: [&str; 18] = [
    "page not found",
    "page you requested could not be found",
    "page you are looking for",
    "error establishing a database connection",
    "internal server error",
    "service unavailable",
    "bad gateway",
    "down for maintenance",
    "undergoing maintenance",
    "scheduled maintenance",
    "access denied",
    "you don't have permission",
    "fatal error:",
    "too many connections",
    "account has been suspended",
    "seite nicht gefunden",
    "page introuvable",
    "página no encontrada",
];
