//! Configuration from the process environment, read once at the start.

use std::time::Duration;

use hyper::Uri;

/// What stands for a server that a deployment does without.
pub const NONE: &str = "none";

/// A setting is not as it has to be.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is not there.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// It is something else.
    #[error("the environment variable {name} has to be a whole number of days, {least} or more")]
    NoDays {
        /// The variable.
        name: &'static str,
        /// The fewest days.
        least: u32,
    },
    /// It is something else.
    #[error("the environment variable {0} is neither true nor false")]
    NoFlag(&'static str),
    /// It is something else.
    #[error("the environment variable {0} has to be a URL like https://host.example")]
    NoUrl(&'static str),
    /// It is something else; the value is not shown, since it may have a password in it.
    #[error("the environment variable {name} is not as it has to be")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A setting without which the process cannot run.
///
/// # Errors
/// [`ConfigError::Missing`] with the name of the variable if it is missing or empty.
pub fn required(name: &'static str) -> Result<String, ConfigError> {
    optional(name).ok_or(ConfigError::Missing(name))
}

/// A setting that has a default.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where configuration comes in")]
pub fn optional(name: &'static str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where a server is that the process cannot do without: an HTTP or HTTPS URL.
///
/// # Errors
/// [`ConfigError::Missing`], or [`ConfigError::NoUrl`] if it is something else.
pub fn required_url(name: &'static str) -> Result<String, ConfigError> {
    let url = required(name)?;
    if is_url(&url) { Ok(url) } else { Err(ConfigError::NoUrl(name)) }
}

/// Where a server is, unless the setting says `none`, in so many letters: what was forgotten is no choice.
///
/// # Errors
/// As [`required_url`].
pub fn url_or_none(name: &'static str) -> Result<Option<String>, ConfigError> {
    if optional(name).as_deref() == Some(NONE) {
        return Ok(None);
    }
    required_url(name).map(Some)
}

/// What `make` makes of a setting that has a default.
///
/// # Errors
/// [`ConfigError::Invalid`] with the name of the variable if it cannot.
pub fn optional_as<T, E: std::error::Error + Send + Sync + 'static>(
    name: &'static str,
    make: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, ConfigError> {
    let made = optional(name).map(|value| make(&value)).transpose();
    made.map_err(|error| ConfigError::Invalid { name, source: error.into() })
}

fn is_url(text: &str) -> bool {
    let uri: Result<Uri, _> = text.parse();
    uri.is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    })
}

/// A time in whole days, `least` or more, that has a default.
///
/// # Errors
/// [`ConfigError::NoDays`] if it is set to something else.
pub fn optional_days(name: &'static str, least: u32) -> Result<Option<Duration>, ConfigError> {
    let Some(text) = optional(name) else { return Ok(None) };
    let days =
        text.parse::<u32>().ok().filter(|days| *days >= least).ok_or(ConfigError::NoDays { name, least })?;
    Ok(Some(Duration::from_hours(24 * u64::from(days))))
}

/// Whether something is wanted that is not, unless it is said.
///
/// # Errors
/// [`ConfigError::NoFlag`] if it is set to something else than `true` or `false`.
pub fn optional_flag(name: &'static str) -> Result<bool, ConfigError> {
    match optional(name).as_deref() {
        Some("true") => Ok(true),
        Some("false") | None => Ok(false),
        Some(_) => Err(ConfigError::NoFlag(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_scheme_and_a_host() {
        for url in
            ["http://127.0.0.1:9200", "https://search-abc.us-east-1.es.amazonaws.com", "http://localhost/a/b"]
        {
            assert!(is_url(url), "{url}");
        }
        for text in ["", "none", "localhost:9200", "/queue", "redis://host:6379", "https://", "http:// x"] {
            assert!(!is_url(text), "{text}");
        }
    }
}
