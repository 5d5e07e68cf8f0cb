//! What was recorded of a world that was right, changed in one way: answers, times, commits, read models.

use application::commands::Order;
use domain::account::Command;
use simulation::ReadModels;
use testing::history::Entry;

use crate::{said::Said, verdict::Record};

/// A change that somebody may have made, or a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forgery {
    /// A client was told another balance.
    AnswerChanged,
    /// A command that was done was answered with a refusal.
    DoneAndRefused,
    /// A command that was sent again was answered otherwise.
    AnsweredOtherwise,
    /// Two answers of a command say that they are the first.
    AnsweredFirstTwice,
    /// A refusal tells of a balance that there was not.
    RefusedWithoutReason,
    /// A command was asked for after another had its answer, and stands before it.
    OrderTurned,
    /// A version is missing.
    VersionMissing,
    /// The balance in a state is another.
    StateChanged,
    /// A block of the journal is missing.
    BlockMissing,
    /// A block of the journal is there twice.
    BlockTwice,
    /// A document of the history is missing.
    DocumentMissing,
    /// A row is of another balance.
    RowChanged,
}

impl Forgery {
    pub(crate) const ALL: [Self; 12] = [
        Self::AnswerChanged,
        Self::DoneAndRefused,
        Self::AnsweredOtherwise,
        Self::AnsweredFirstTwice,
        Self::RefusedWithoutReason,
        Self::OrderTurned,
        Self::VersionMissing,
        Self::StateChanged,
        Self::BlockMissing,
        Self::BlockTwice,
        Self::DocumentMissing,
        Self::RowChanged,
    ];

    /// A part of the words that name it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::AnswerChanged => "was told 12345.67 instead of",
            Self::DoneAndRefused => "though refused",
            Self::AnsweredOtherwise => "two answers",
            Self::AnsweredFirstTwice => "answers that say they are the first",
            Self::RefusedWithoutReason => "refused without a reason",
            Self::OrderTurned => "was asked after",
            Self::VersionMissing => "version 3 stands where 2 should",
            Self::StateChanged => "does not follow by its hash",
            Self::BlockMissing => "is missing before",
            Self::BlockTwice => "is out of order",
            Self::DocumentMissing => "documents are not the",
            Self::RowChanged => "the row of",
        }
    }

    /// Makes it; `None` if there is nothing to make it of.
    pub(crate) fn forge(self, record: &mut Record, models: &mut ReadModels) -> Option<()> {
        let is_done = |entry: &Entry<Said>| entry.answers.first().is_some_and(|(said, _)| said.is_done());
        match self {
            Self::AnswerChanged => {
                let moves = |entry: &&mut Entry<Said>| is_done(entry) && is_deposit(&entry.command.order);
                let entry = record.entries.iter_mut().find(moves)?;
                for (said, _) in &mut entry.answers {
                    said.body["balance"] = "12345.67".into();
                }
            }
            Self::DoneAndRefused => {
                let refused =
                    record.entries.iter().find(|entry| !entry.answers.is_empty() && !is_done(entry))?;
                let answers = refused.answers.clone();
                record.entries.iter_mut().find(|entry| is_done(entry))?.answers = answers;
            }
            Self::AnsweredOtherwise => {
                let entry = record.entries.iter_mut().find(|entry| is_done(entry))?;
                let (mut said, request_id) = entry.answers.first()?.clone();
                said.body["version"] = 77.into();
                entry.answers.push((said, request_id));
            }
            Self::AnsweredFirstTwice => {
                let entry = record.entries.iter_mut().find(|entry| !entry.firsts.is_empty())?;
                entry.firsts.push(*entry.firsts.first()?);
            }
            Self::RefusedWithoutReason => {
                let too_little = |entry: &&mut Entry<Said>| {
                    entry.answers.first().is_some_and(|(said, _)| said.body["available"].is_string())
                };
                for (said, _) in &mut record.entries.iter_mut().find(too_little)?.answers {
                    said.body["available"] = "0.01".into();
                }
            }
            Self::OrderTurned => turn(record)?,
            Self::VersionMissing => {
                let second = record.commits.iter().position(|commit| commit.version == 2)?;
                record.commits.get(second + 1).filter(|next| next.version == 3)?;
                record.commits.remove(second);
            }
            Self::StateChanged => {
                let commit = record.commits.iter_mut().find(|commit| commit.version == 2)?;
                commit.state = commit.state.replacen(".00", ".01", 1);
            }
            Self::BlockMissing => _ = (models.blocks.len() > 1).then(|| models.blocks.remove(0))?,
            Self::BlockTwice => models.blocks.push(models.blocks.last()?.clone()),
            Self::DocumentMissing => _ = models.documents.pop_first()?,
            Self::RowChanged => {
                let mut row = models.rows.first_entry()?;
                row.get_mut().balance = row.get().total_deposits;
            }
        }
        Some(())
    }
}

/// Of two deposits into one account, the first is said to have been sent when the second had its answer.
fn turn(record: &mut Record) -> Option<()> {
    let place = |record: &Record, command| {
        record.entries.iter().position(|entry| entry.command.id == command && entry.answered.is_some())
    };
    let pairs = record.commits.windows(2).filter(|pair| pair[0].stream == pair[1].stream);
    let mut commands = pairs.filter_map(|pair| {
        let of = |commit| application::codec::metadata(commit).ok().map(|metadata| metadata.command_id);
        Some((of(&pair[0])?, of(&pair[1])?))
    });
    let (first, second) =
        commands.find_map(|(first, second)| Some((place(record, first)?, place(record, second)?)))?;
    let answered = record.entries[second].answered?;
    record.entries[first].sent = Some(answered + 1);
    record.entries[first].answered = Some(answered + 2);
    Some(())
}

fn is_deposit(order: &Order) -> bool {
    matches!(order, Order::Change { command: Command::Deposit { .. }, .. })
}
