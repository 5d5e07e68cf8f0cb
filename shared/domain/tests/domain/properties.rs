//! What holds for every history, however long and odd.

use domain::{
    Currency, Decimal, Money,
    account::{Account, AccountType, Command, Event, decide, evolve, transfer, transfer_fee},
};
use proptest::prelude::*;

use crate::given::{account, at, balance_after, text, transfer_of, usd};

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let amount = (0_i64..500_000, 0_u32..4).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale));
    let command = (amount, 0..10_u8).prop_map(|(amount, kind)| match kind {
        0..=3 => Command::Deposit { amount, reference: None, counterparty: None },
        4..=6 => Command::Withdraw { amount, reference: None, counterparty: None },
        7 => Command::Freeze { reason: text("why") },
        8 => Command::Unfreeze { reason: text("why") },
        _ => Command::Close { reason: text("why") },
    });
    proptest::collection::vec(command, 0..40)
}

/// The events that the commands lead to, and the account after each.
fn live(commands: Vec<Command>) -> (Vec<Event>, Vec<Account>) {
    let mut account = account(AccountType::Savings, usd("1000"), []);
    let (mut events, mut states) = (Vec::new(), Vec::new());
    for (command, second) in commands.into_iter().zip(2..) {
        if let Ok(event) = decide(&account, command) {
            account = evolve(Some(account), &event, at(second)).unwrap();
            events.push(event);
            states.push(account.clone());
        }
    }
    (events, states)
}

/// How an event changes the balance, by its own amounts.
fn change(event: &Event) -> Decimal {
    match event {
        Event::MoneyDeposited(event) => event.amount.amount(),
        Event::MoneyWithdrawn(event) => -event.amount.amount() - event.fee.amount(),
        _ => Decimal::ZERO,
    }
}

proptest! {
    #[test]
    fn the_events_alone_give_the_state(commands in commands()) {
        let (events, states) = live(commands);
        let replayed = account(AccountType::Savings, usd("1000"), events);
        if let Some(last) = states.last() {
            prop_assert_eq!((replayed.balance, replayed.status), (last.balance, last.status));
        }
    }

    #[test]
    fn the_balance_is_the_sum_of_all_changes_and_never_below_zero(commands in commands()) {
        let (events, states) = live(commands);
        let mut balance = Decimal::ONE_THOUSAND;
        for (event, state) in events.iter().zip(&states) {
            balance += change(event);
            prop_assert!(balance >= Decimal::ZERO);
            prop_assert_eq!(state.balance.amount(), balance);
        }
    }

    #[test]
    fn a_transfer_takes_from_both_together_just_its_fee(
        from in 0_i64..3_000_000, to in 0_i64..3_000_000, amount in 1_i64..3_000_000,
    ) {
        let money = |cents| Money::new(Decimal::new(cents, 2), Currency::USD).unwrap();
        let [sender, receiver] = [from, to].map(|cents| account(AccountType::Checking, money(cents), []));
        let order = transfer_of(&Decimal::new(amount, 2).to_string());
        let fee = transfer_fee(money(amount));
        match transfer(&sender, &receiver, order) {
            Ok((sent, received)) => {
                let after = balance_after(&sent).amount() + balance_after(&received).amount();
                prop_assert_eq!(after + fee.amount(), Decimal::new(from + to, 2));
            }
            Err(_) => prop_assert!(Decimal::new(from, 2) < Decimal::new(amount, 2) + fee.amount()),
        }
    }

    #[test]
    fn money_reads_back_as_it_was_written(mantissa in 0_u64..1_000_000_000_000_000_000, index in 0_usize..4) {
        let currency = [Currency::USD, Currency::JPY, Currency::KWD, Currency::CZK][index];
        let scale = u32::from(currency.exponent().unwrap());
        let money = Money::new(Decimal::from_i128_with_scale(i128::from(mantissa), scale), currency).unwrap();
        prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
    }
}
