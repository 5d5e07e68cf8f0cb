//! Bringing in accounts with a past: each transaction with its own business time, once, in order.

use std::collections::HashSet;

use domain::{
    AccountId, Decimal, Money, MoneyError, Text, Timestamp, TransactionId, UserId,
    account::{self, AccountType, Command, Open},
    holder,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Commit, Metadata, Stream, StreamId,
    codec::{self, Accounts, Holders},
    ports::{AppendError, Environment, EventStore, StoreError},
};

/// How many commits a look at what is there already reads at a time.
const PAGE: usize = 200;

/// How often one transaction is tried while others change the same account or holder.
const ATTEMPTS_MAX: u32 = 10;

/// One transaction to bring in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// Names it, for ever: a second import of the same id does nothing.
    pub transaction_id: TransactionId,
    /// Business time, later than that of the account's transaction before.
    pub booked_at: Timestamp,
    /// What happened.
    pub kind: ImportKind,
    /// How much, fees not counted.
    pub amount: Money,
    /// What the account has to hold then; what does not agree is not imported.
    pub balance_after: Option<Decimal>,
    /// The customer's words.
    pub reference: Option<Text>,
    /// Who was on the other side.
    pub counterparty: Option<Text>,
}

/// What happened to the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// It was opened with a first deposit.
    Open {
        /// The owner.
        user_id: UserId,
        /// The kind of account.
        account_type: AccountType,
    },
    /// Money came in.
    Credit,
    /// Money went out.
    Debit,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// It is in now.
    Added,
    /// It was in already.
    Present,
}

/// Why a row, and with it what follows on its account, was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The account's rules forbid it.
    #[error(transparent)]
    Rejected(#[from] account::Rejection),
    /// The holder's rules forbid it.
    #[error(transparent)]
    HolderRejected(#[from] holder::Rejection),
    /// The account was never opened.
    #[error("the account is not open yet: its first row has to be OPEN")]
    NotOpened,
    /// The account is there, opened by another transaction.
    #[error("the account was opened by another transaction")]
    OpenedOtherwise,
    /// The account has later transactions.
    #[error("the account's newest transaction is of {newest}: what is imported must be later")]
    OutOfOrder {
        /// Business time of the newest one.
        newest: Timestamp,
    },
    /// The balance would not be the given one.
    #[error("balance_after says {given}, but the account would hold {computed}")]
    BalanceDiffers {
        /// As the row says.
        given: Decimal,
        /// As the ledger computes.
        computed: Money,
    },
    /// The row is in another currency than the account.
    #[error("the account is in {expected}, not {given}")]
    CurrencyDiffers {
        /// The account's currency code.
        expected: &'static str,
        /// The row's currency code.
        given: &'static str,
    },
    /// Others changed the account at every try.
    #[error("others are changing the account at the same time")]
    Contended,
    /// The store failed.
    #[error("the event store failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

impl From<codec::CodecError> for ImportError {
    fn from(error: codec::CodecError) -> Self {
        Self::Store(error.into())
    }
}

impl From<MoneyError> for ImportError {
    fn from(error: MoneyError) -> Self {
        Self::Rejected(error.into())
    }
}

/// The import of one account: what is there already, and where its stream stands.
pub struct AccountImport<'a, S, E> {
    store: &'a S,
    environment: &'a E,
    operator: UserId,
    account_id: AccountId,
    stream: Stream<Accounts>,
    present: HashSet<String>,
}

impl<'a, S: EventStore, E: Environment> AccountImport<'a, S, E> {
    /// Looks at what is there of the account, so that an interrupted import goes on where it stopped.
    ///
    /// # Errors
    /// [`ImportError::Store`].
    pub async fn start(
        store: &'a S,
        environment: &'a E,
        operator: UserId,
        account_id: AccountId,
    ) -> Result<Self, ImportError> {
        let id = StreamId::account(&account_id);
        let (mut present, mut newest, mut from) = (HashSet::new(), None::<Commit>, 1);
        loop {
            let page = store.read(&id, from, PAGE).await?;
            for commit in &page {
                present.extend(codec::stored_events(commit)?.into_iter().map(|event| event.id));
                from = codec::last_version(commit)?.saturating_add(1);
            }
            let is_last = page.len() < PAGE;
            newest = page.into_iter().next_back().or(newest);
            if is_last {
                break;
            }
        }
        let stream = match newest {
            Some(commit) => Stream::at(store, commit).await?,
            None => Stream { id, version: 0, state: None, newest: None },
        };
        Ok(Self { store, environment, operator, account_id, stream, present })
    }

    /// Brings in the next transaction, unless it is in.
    ///
    /// # Errors
    /// [`ImportError`]; then nothing of the row is in, and no later row of the account may be tried.
    pub async fn add(&mut self, row: &ImportRow) -> Result<Imported, ImportError> {
        for _ in 0..ATTEMPTS_MAX {
            if self.present.contains(row.transaction_id.as_str()) {
                return Ok(Imported::Present);
            }
            let commits = self.decide(row).await?;
            match self.store.append(&commits).await {
                Ok(()) => {
                    let [own, ..] = commits.as_slice() else { return Err(ImportError::Contended) };
                    self.advance(own.clone()).await?;
                    return Ok(Imported::Added);
                }
                Err(AppendError::Conflict { winners }) => {
                    let own = winners.into_iter().find(|winner| winner.stream == self.stream.id);
                    if let Some(winner) = own {
                        self.advance(winner).await?;
                    }
                }
                Err(AppendError::Contended | AppendError::Throttled) => {}
                Err(error @ (AppendError::Unavailable(_) | AppendError::Recorded(_))) => {
                    return Err(ImportError::Store(error.into()));
                }
            }
            self.environment.pause(std::time::Duration::from_millis(50)).await;
        }
        Err(ImportError::Contended)
    }

    async fn advance(&mut self, commit: Commit) -> Result<(), ImportError> {
        self.present.extend(codec::stored_events(&commit)?.into_iter().map(|event| event.id));
        self.stream = Stream::at(self.store, commit).await?;
        Ok(())
    }

    /// The commits of one row: the account's first, and its holder's if it opens the account.
    async fn decide(&self, row: &ImportRow) -> Result<Vec<Commit>, ImportError> {
        if let Some(newest) = self.stream.newest.as_ref().filter(|newest| newest.timestamp >= row.booked_at) {
            return Err(ImportError::OutOfOrder { newest: newest.timestamp });
        }
        let metadata = self.metadata(row);
        let (event, holder_commit) = match (&row.kind, &self.stream.state) {
            (ImportKind::Open { .. }, Some(_)) => return Err(ImportError::OpenedOtherwise),
            (ImportKind::Open { user_id, account_type }, None) => {
                let open = Open {
                    user_id: user_id.clone(),
                    account_type: *account_type,
                    initial_deposit: row.amount,
                    reference: row.reference.clone(),
                };
                (account::open(open)?, Some(self.decide_holder(user_id, row, &metadata).await?))
            }
            (_, None) => return Err(ImportError::NotOpened),
            (kind, Some(account)) => {
                let (expected, given) = (account.currency().code(), row.amount.currency().code());
                if expected != given {
                    return Err(ImportError::CurrencyDiffers { expected, given });
                }
                (account::decide(account, command(row, *kind == ImportKind::Credit))?, None)
            }
        };
        let own = self.stream.next(row.transaction_id.to_string(), &event, row.booked_at, &metadata)?;
        self.check_balance(row, &own)?;
        Ok(std::iter::once(own).chain(holder_commit).collect())
    }

    async fn decide_holder(
        &self,
        user_id: &UserId,
        row: &ImportRow,
        by: &Metadata,
    ) -> Result<Commit, ImportError> {
        let holder = Stream::<Holders>::load(self.store, StreamId::holder(user_id)).await?;
        let nobody = holder::Holder::default();
        let added = holder::add_account(holder.state.as_ref().unwrap_or(&nobody), self.account_id.clone())?;
        let event_id = format!("{}:opened", row.transaction_id);
        Ok(holder.next(event_id, &added, holder.next_timestamp(row.booked_at), by)?)
    }

    fn check_balance(&self, row: &ImportRow, commit: &Commit) -> Result<(), ImportError> {
        let state = codec::state::<Accounts>(commit)?.ok_or(ImportError::NotOpened)?;
        match row.balance_after {
            Some(given) if given != state.balance.amount() => {
                Err(ImportError::BalanceDiffers { given, computed: state.balance })
            }
            _ => Ok(()),
        }
    }

    fn metadata(&self, row: &ImportRow) -> Metadata {
        Metadata {
            command_id: import_command_id(&self.account_id, &row.transaction_id),
            user_id: self.operator.clone(),
            recorded_at: self.environment.now(),
            traceparent: None,
            correlation_id: Some("import".to_owned()),
            causation_id: None,
        }
    }
}

fn command(row: &ImportRow, is_credit: bool) -> Command {
    let (amount, reference, counterparty) =
        (row.amount.amount(), row.reference.clone(), row.counterparty.clone());
    if is_credit {
        Command::Deposit { amount, reference, counterparty }
    } else {
        Command::Withdraw { amount, reference, counterparty }
    }
}

/// The id of the command that imports a transaction: the same at every try.
fn import_command_id(account_id: &AccountId, transaction_id: &TransactionId) -> Uuid {
    let digest = Sha256::new().chain_update(format!("import\n{account_id}\n{transaction_id}")).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::new_v8(bytes)
}
