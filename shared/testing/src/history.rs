//! What clients have asked, and what they were told: all that a checker may believe, beside what is stored.

use std::sync::{Arc, Mutex, PoisonError};

use application::commands::{Caller, Order};
use uuid::Uuid;

/// Microseconds by the one clock of a run.
pub type Micros = i64;

/// One command, however often it is sent.
#[derive(Clone, Debug)]
pub struct Command {
    /// Names it.
    pub id: Uuid,
    /// Who sends it.
    pub caller: Caller,
    /// What it asks for.
    pub order: Order,
    /// At which version the account has to be.
    pub expected_version: Option<u64>,
}

/// A command and its story. `A` is an answer, in the form in which clients had it.
#[derive(Clone, Debug)]
pub struct Entry<A> {
    /// The command.
    pub command: Command,
    /// When it was sent first.
    pub sent: Option<Micros>,
    /// When somebody had its answer first.
    pub answered: Option<Micros>,
    /// Each answer, with the request that it names as the first.
    pub answers: Vec<(A, String)>,
    /// When an answer came that said it was the first; more than one would be wrong.
    pub firsts: Vec<Micros>,
    /// Whether its one sender was told that it has had no effect, and believed it.
    pub is_abandoned: bool,
    /// What came of sending something else under its key, if it was not told to be a mistake.
    pub mistaken: Vec<String>,
    /// Whether a client gave up.
    pub is_given_up: bool,
}

/// The stories of all commands. Clones share them.
#[derive(Clone)]
pub struct History<A>(Arc<Mutex<Vec<Entry<A>>>>);

impl<A> Default for History<A> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<A: Clone> History<A> {
    /// Adds commands that nobody has sent yet, and says where the first is.
    pub fn add(&self, commands: Vec<Command>) -> usize {
        self.with(|entries| {
            let first = entries.len();
            entries.extend(commands.into_iter().map(|command| Entry {
                command,
                sent: None,
                answered: None,
                answers: Vec::new(),
                firsts: Vec::new(),
                is_abandoned: false,
                mistaken: Vec::new(),
                is_given_up: false,
            }));
            first
        })
    }

    /// All of them.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry<A>> {
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

    /// It is answered: so, with the request that the answer names as the first, and for the first time or again.
    pub fn answered(&self, place: usize, at: Micros, (answer, request_id): (A, String), is_replay: bool) {
        self.with(|entries| {
            let entry = &mut entries[place];
            entry.answered.get_or_insert(at);
            entry.firsts.extend((!is_replay).then_some(at));
            entry.answers.push((answer, request_id));
        });
    }

    /// Its one sender believes that it has had no effect, and will not send it again.
    pub fn abandoned(&self, place: usize) {
        self.with(|entries| entries[place].is_abandoned = true);
    }

    /// Whether its one sender has left it so.
    #[must_use]
    pub fn is_abandoned(&self, place: usize) -> bool {
        self.with(|entries| entries[place].is_abandoned)
    }

    /// When it was decided, as far as anybody knows.
    #[must_use]
    pub fn decided_at(&self, place: usize) -> Option<Micros> {
        self.with(|entries| entries[place].firsts.first().copied())
    }

    /// Something else was sent under its key, and this came of it instead of being told so.
    pub fn mistaken(&self, place: usize, what: String) {
        self.with(|entries| entries[place].mistaken.push(what));
    }

    /// A client stopped asking.
    pub fn given_up(&self, place: usize) {
        self.with(|entries| entries[place].is_given_up = true);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<Entry<A>>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
