//! Short free text: references, counterparties, reasons.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One line of 1 to 140 characters, as on a bank transfer. The limit keeps a commit within one write unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

/// The text is empty, too long, or more than one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a text has 1 to {max} characters on one line", max = Text::LENGTH_MAX)]
pub struct InvalidText;

impl Text {
    /// The longest text, in characters.
    pub const LENGTH_MAX: usize = 140;

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Text {
    type Error = InvalidText;

    fn try_from(text: String) -> Result<Self, InvalidText> {
        let fits = !text.trim().is_empty() && text.chars().count() <= Self::LENGTH_MAX;
        if fits && !text.chars().any(char::is_control) { Ok(Self(text)) } else { Err(InvalidText) }
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
