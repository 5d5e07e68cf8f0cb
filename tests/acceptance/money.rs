//! Money is neither made nor lost: a thousand random commands from eight clients, and then every cent is looked for in
//! the events, in the summaries and in the history.

use futures::future::join_all;
use reqwest::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use bank::{Bank, eventually};

const USERS: [&str; 4] = ["customer-01", "customer-02", "customer-03", "customer-04"];
const ACCOUNTS_PER_USER: usize = 5;
const CLIENTS: u64 = 8;
const COMMANDS_PER_CLIENT: u64 = 125;
const INITIAL_DEPOSIT: Decimal = Decimal::ONE_THOUSAND;

/// A repeatable sequence of numbers (Knuth's constants for a linear congruential generator).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[usize::try_from(self.below(u64::try_from(items.len()).unwrap())).unwrap()]
    }

    /// 0.01 to 300.00.
    fn amount(&mut self) -> Decimal {
        Decimal::new(i64::try_from(self.below(30_000) + 1).unwrap(), 2)
    }
}

/// What went into the bank, less what came out of it.
#[derive(Default)]
struct Flow {
    net: Decimal,
    succeeded: usize,
    transfers: usize,
}

async fn client(number: u64, bank: Bank, accounts: Vec<String>) -> Flow {
    let (mut random, mut flow) = (Random(number), Flow::default());
    for _ in 0..COMMANDS_PER_CLIENT {
        let (account, amount) = (random.of(&accounts).clone(), random.amount());
        let deposit = json!({ "amount": amount.to_string() });
        let (path, body, direction) = match random.below(3) {
            0 => (format!("/v1/accounts/{account}/deposits"), deposit, 1),
            1 => (format!("/v1/accounts/{account}/withdrawals"), deposit, -1),
            _ => {
                let to = random.of(&accounts);
                let transfer =
                    json!({ "from_account_id": account, "to_account_id": to, "amount": amount.to_string() });
                ("/v1/transfers".to_owned(), transfer, 0)
            }
        };
        let answer = bank.post(&path, body).await;
        if answer.status == StatusCode::CREATED {
            let fee = answer.body["fee"].as_str().map_or(Decimal::ZERO, decimal);
            flow.net += amount * Decimal::from(direction) - fee;
            flow.succeeded += 1;
            flow.transfers += usize::from(direction == 0);
        } else {
            let code = answer.text("code");
            let expected = ["insufficient_funds", "same_account_transfer", "concurrent_modification"];
            assert!(expected.contains(&code.as_str()), "{}", answer.body);
        }
    }
    flow
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_random_commands_from_eight_clients_leave_every_cent_in_its_place() {
    let (admin, mut accounts) = (Bank::of("admin").await, Vec::new());
    for user in USERS {
        let bank = Bank::of(user).await;
        for _ in 0..ACCOUNTS_PER_USER {
            accounts.push(bank.open("SAVINGS", &INITIAL_DEPOSIT.to_string()).await);
        }
    }
    let clients = (0..CLIENTS).map(|number| tokio::spawn(client(number, admin.clone(), accounts.clone())));
    let flows: Vec<Flow> = join_all(clients).await.into_iter().map(Result::unwrap).collect();
    let succeeded: usize = flows.iter().map(|flow| flow.succeeded).sum();
    let transfers: usize = flows.iter().map(|flow| flow.transfers).sum();
    println!(
        "{succeeded} of {} commands succeeded, {transfers} of them transfers",
        CLIENTS * COMMANDS_PER_CLIENT
    );
    assert!(succeeded > 500 && transfers > 100);

    let expected =
        INITIAL_DEPOSIT * Decimal::from(accounts.len()) + flows.iter().map(|flow| flow.net).sum::<Decimal>();
    let sums = join_all(accounts.iter().map(|account| sums(&admin, account))).await;
    let total = |of: fn(&Sums) -> Decimal| sums.iter().map(of).sum::<Decimal>();
    assert_eq!(total(|sums| sums.events), expected, "in the events");
    assert_eq!(total(|sums| sums.summary), expected, "in the summaries");
    assert_eq!(total(|sums| sums.history), expected, "in the history");
    let versions: usize = sums.iter().map(|sums| sums.version).sum();
    assert_eq!(versions, accounts.len() + succeeded + transfers, "each command has its events, once");
}

/// What one account holds, by each of the three.
struct Sums {
    events: Decimal,
    summary: Decimal,
    history: Decimal,
    version: usize,
}

async fn sums(bank: &Bank, account: &str) -> Sums {
    let balance = bank.get(&format!("/v1/accounts/{account}/balance")).await;
    let (version, events) = (balance.version(), decimal(&balance.text("balance")));
    let count = usize::try_from(version).unwrap();
    let row = bank.account_at(account, version).await;
    let field = |name: &str| decimal(row[name].as_str().unwrap());
    let (deposits, withdrawals) = (field("total_deposits"), field("total_withdrawals"));
    let flows = deposits - withdrawals - field("total_transfers_out") + field("total_transfers_in");
    assert_eq!(field("current_balance"), flows, "{account}: the totals make up the balance");

    let transactions = bank.transactions(account, count).await;
    assert_eq!(transactions.len(), count, "{account}: one document a transaction");
    let history = transactions.iter().map(signed).sum();
    for (transaction, version) in transactions.iter().zip(1_u64..) {
        assert_eq!(transaction["version"].as_u64(), Some(version), "{account}");
    }
    Sums { events, summary: field("current_balance"), history, version: count }
}

fn signed(transaction: &Value) -> Decimal {
    let field = |name: &str| decimal(transaction[name].as_str().unwrap());
    match transaction["type"].as_str() {
        Some("CREDIT" | "TRANSFER_IN") => field("amount"),
        _ => -(field("amount") + field("fee")),
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[tokio::test]
async fn money_that_is_not_there_is_not_moved() {
    let bank = Bank::of("bob").await;
    let (from, to) = (bank.open("CHECKING", "100").await, bank.open("CHECKING", "100").await);
    let transfer = async |amount: &str| {
        let order = json!({ "from_account_id": from, "to_account_id": to, "amount": amount });
        bank.post("/v1/transfers", order).await
    };
    let refused = transfer("98.01").await;
    assert_eq!(refused.text("code"), "insufficient_funds");
    assert_eq!((refused.text("available").as_str(), refused.text("required").as_str()), ("100.00", "100.01"));
    assert_eq!(transfer("98.00").await.body["from"]["balance"], "0.00");
    let received = eventually("the received money", async || {
        let account = bank.get(&format!("/v1/accounts/{to}")).await;
        (account.body["version"] == 2).then_some(account)
    });
    assert_eq!(received.await.text("current_balance"), "198.00");
}
