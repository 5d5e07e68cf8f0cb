//! What clients have asked, and what they were told: all that a checker may believe, beside what is stored.

use std::sync::{Arc, Mutex, PoisonError};

use application::{
    CommandError, Refusal,
    commands::{Answer, Receipt},
};

use super::{workload::Command, world::Micros};

/// A command and its story.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The command.
    pub command: Command,
    /// When it was sent first.
    pub sent: Option<Micros>,
    /// When somebody had its answer first.
    pub answered: Option<Micros>,
    /// Each answer, with the request that it names as the first.
    pub answers: Vec<(Result<Receipt, Refusal>, String)>,
    /// What came of sending something else under its key.
    pub mistaken: Vec<String>,
    /// Whether a client gave up.
    pub is_given_up: bool,
}

/// The stories of all commands. Clones share them.
#[derive(Clone, Default)]
pub struct History(Arc<Mutex<Vec<Entry>>>);

impl History {
    /// Adds commands that nobody has sent yet, and says where the first is.
    pub fn add(&self, commands: Vec<Command>) -> usize {
        self.with(|entries| {
            let first = entries.len();
            entries.extend(commands.into_iter().map(|command| Entry {
                command,
                sent: None,
                answered: None,
                answers: Vec::new(),
                mistaken: Vec::new(),
                is_given_up: false,
            }));
            first
        })
    }

    /// All of them.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.with(|entries| entries.clone())
    }

    /// One command.
    #[must_use]
    pub fn command(&self, place: usize) -> Command {
        self.with(|entries| entries[place].command.clone())
    }

    /// Whether anybody has an answer to it.
    #[must_use]
    pub fn is_answered(&self, place: usize) -> bool {
        self.with(|entries| entries[place].answered.is_some())
    }

    /// It is sent.
    pub fn sent(&self, place: usize, at: Micros) {
        self.with(|entries| entries[place].sent.get_or_insert(at).to_owned());
    }

    /// It is answered.
    pub fn answered(&self, place: usize, at: Micros, outcome: Result<Receipt, Refusal>, request_id: String) {
        self.with(|entries| {
            let entry = &mut entries[place];
            entry.answered.get_or_insert(at);
            entry.answers.push((outcome, request_id));
        });
    }

    /// Something else was sent under its key, and this came of it.
    pub fn mistaken(&self, place: usize, result: &Result<Answer, CommandError>) {
        if !matches!(result, Err(CommandError::KeyReused)) {
            self.with(|entries| entries[place].mistaken.push(format!("{result:?}")));
        }
    }

    /// A client stopped asking.
    pub fn given_up(&self, place: usize) {
        self.with(|entries| entries[place].is_given_up = true);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<Entry>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
