//! What an answer says of itself to whoever counts and logs: no account, no amount, nobody's name.

/// What was asked and what came of it; in the extensions of every answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The method and the path, with names where the ids are: `POST /v1/accounts/{account_id}/deposits`; `none` if it is
    /// no route.
    pub route: String,
    /// The code of the problem that it is.
    pub code: Option<&'static str>,
    /// Whether an earlier request was answered so first.
    pub is_replay: bool,
    /// Whether it is a problem of ours.
    pub is_failure: bool,
}

impl Answered {
    /// `done`, `replayed`, `refused` or `failed`: few, so that they can be counted.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self { is_failure: true, .. } => "failed",
            Self { is_replay: true, .. } => "replayed",
            Self { code: Some(_), .. } => "refused",
            Self { code: None, .. } => "done",
        }
    }
}
