//! Configuration from the process environment, read once at the start.

use std::time::Duration;

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
