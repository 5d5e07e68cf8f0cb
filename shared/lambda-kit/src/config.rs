//! Configuration from the process environment, read once at the start.

/// A setting is missing.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is not set")]
pub struct ConfigError(&'static str);

/// A setting without which the process cannot run.
///
/// # Errors
/// [`ConfigError`] with the name of the variable if it is missing or empty.
pub fn required(name: &'static str) -> Result<String, ConfigError> {
    optional(name).ok_or(ConfigError(name))
}

/// A setting that has a default.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where configuration comes in")]
pub fn optional(name: &'static str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
