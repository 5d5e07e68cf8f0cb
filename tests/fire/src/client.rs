//! A client: commands of all kinds, again and again, replays of its own and reads, one after the other.

use std::collections::VecDeque;

use application::commands::Order;
use domain::{
    AccountId,
    account::{AccountType, Command as Change, Rejection},
};
use fastrand::Rng;
use futures::{StreamExt as _, stream};
use testing::check::Told as _;

use crate::{
    order::{change, deposit, open, text, transfer, withdraw},
    reads::Wanted,
    sending::Sent,
    world::{EXTRA_EACH, World},
};

/// What each account begins with.
const INITIAL_UNITS: u32 = 400;
/// What an account begins with that is opened on the way: what is to be taken out before it can be closed.
const EXTRA_UNITS: u32 = 100;

/// How many accounts are opened at a time.
const AT_ONCE: usize = 6;

pub(crate) struct Client<'a> {
    world: &'a World,
    rng: Rng,
    /// Its commands, for whoever sends them again.
    sent: Vec<Sent>,
    /// What it does next, before it thinks of something else.
    next: VecDeque<(usize, Order)>,
    /// An account, and the last version of it that it was told of.
    seen: Option<(AccountId, u64)>,
}

impl<'a> Client<'a> {
    pub(crate) fn new(world: &'a World, rng: Rng) -> Self {
        Self { world, rng, sent: Vec::new(), next: VecDeque::new(), seen: None }
    }

    /// Does one thing after the other until so many were begun by all clients. Returns its commands.
    pub(crate) async fn run(mut self, operations: usize) -> Vec<Sent> {
        while self.world.begins_one_of(operations) {
            match self.rng.u32(..100) {
                0..6 => self.replay().await,
                6..8 => self.reuse().await,
                8..20 => self.read().await,
                _ => self.command().await,
            }
        }
        self.sent
    }

    async fn command(&mut self) {
        let (user, order) = match self.next.pop_front() {
            Some(next) => next,
            None => self.draw(),
        };
        let expected_version = (self.rng.u32(..20) == 0).then(|| self.rng.u64(1..8));
        let sent = self.world.add(user, order.clone(), expected_version);
        let is_twofold = self.rng.u32(..20) == 0;
        let answer = if is_twofold {
            // Two senders at once, as a client whose first try hangs.
            let mut other = self.rng.fork();
            let (one, two) = tokio::join!(
                self.world.send(&sent, &mut self.rng, false),
                self.world.send(&sent, &mut other, false)
            );
            one.or(two)
        } else {
            let is_trusting = self.rng.u32(..3) == 0;
            self.world.send(&sent, &mut self.rng, is_trusting).await
        };
        if let Some(said) = answer {
            for receipt in said.receipts().into_iter().flatten() {
                self.seen = Some((receipt.account_id, receipt.version));
            }
            if said.is_done() {
                self.follow_up(user, &order);
            }
        }
        if !self.world.history.is_abandoned(sent.place) {
            self.sent.push(sent);
        }
    }

    /// An account that was frozen is unfrozen, and one that was opened on the way is closed.
    fn follow_up(&mut self, user: usize, order: &Order) {
        match order {
            Order::Change { account_id, command: Change::Freeze { .. } } => {
                let reason = text("again");
                self.next.push_back((user, change(account_id, Change::Unfreeze { reason })));
            }
            Order::Open { account_id, .. } => {
                self.next.push_back((user, change(account_id, withdraw(EXTRA_UNITS))));
                self.next.push_back((user, change(account_id, Change::Close { reason: text("enough") })));
            }
            _ => {}
        }
    }

    /// A command by chance: who sends it, and what it asks for.
    fn draw(&mut self) -> (usize, Order) {
        let Self { world, rng, .. } = self;
        let account = world.account(rng);
        let (owner, id) = (account.owner, &account.id);
        match rng.u32(..100) {
            0..32 => (owner, change(id, deposit(rng.u32(1..80)))),
            32..56 => (owner, change(id, withdraw(rng.u32(1..220)))),
            56..84 => (owner, transfer(id, &world.account(rng).id, rng.u32(1..120))),
            84..89 => {
                let user = rng.usize(..world.admin());
                let extra = world.extra(user, rng.usize(..EXTRA_EACH));
                let units = rng.u32(EXTRA_UNITS - 1..EXTRA_UNITS + 2);
                (user, open(world, user, extra, AccountType::Checking, units))
            }
            89..92 => (owner, change(id, Change::Close { reason: text("closed") })),
            92..95 => (world.admin(), change(id, Change::Freeze { reason: text("frozen") })),
            95..96 => (world.admin(), change(id, Change::Unfreeze { reason: text("unfrozen") })),
            96..97 => (owner, Order::Impossible(Rejection::InvalidAccountType { given: "GOLD".to_owned() })),
            // Somebody else's, unless there is nobody else.
            97..98 => ((owner + 1) % world.admin(), change(id, withdraw(1))),
            _ => (owner, transfer(id, &world.extra(owner, EXTRA_EACH), 1)),
        }
    }

    /// One of its own commands once more: what it was told once it is told again.
    async fn replay(&mut self) {
        let Some(sent) = self.rng.choice(&self.sent).cloned() else { return };
        self.world.send(&sent, &mut self.rng, false).await;
    }

    /// Something else under the key of a command that was answered: else the mistake would be what the key stands for.
    async fn reuse(&mut self) {
        let Some(sent) = self.rng.choice(&self.sent) else { return };
        if self.world.history.is_answered(sent.place) {
            self.world.misuse(sent).await;
        }
    }

    async fn read(&mut self) {
        let own = self.seen.clone().filter(|_| self.rng.bool());
        let (account_id, wanted) = match own {
            Some((account_id, version)) => (account_id, Wanted::AtLeast(version)),
            None if self.rng.bool() => (self.world.account(&mut self.rng).id.clone(), Wanted::Newest),
            None => (self.world.account(&mut self.rng).id.clone(), Wanted::Events),
        };
        self.world.read(account_id, wanted).await;
    }
}

/// Opens every account, before there is any fault.
pub(crate) async fn open_all(world: &World) {
    let opened = stream::iter(&world.accounts).for_each_concurrent(AT_ONCE, async |account| {
        let order = open(world, account.owner, account.id.clone(), account.account_type, INITIAL_UNITS);
        world.settle(&world.add(account.owner, order, None)).await;
    });
    opened.await;
}
