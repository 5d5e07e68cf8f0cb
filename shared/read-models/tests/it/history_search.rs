//! Searching a real index: filters, pages, cursors, counts. The events answer the same without one, but for words.

use application::{
    ports::{
        EventStore, History, HistoryError, HistoryFilter, HistoryPage, Order, Page, PageError, Transaction,
        TransactionType,
    },
    transactions::transactions,
};
use domain::{
    AccountId, TransactionId,
    account::{AccountType, Command},
};
use read_models::history::{EventHistory, TransactionIndex};
use testing::MemoryEventStore;

use crate::{
    account::{Account, text},
    servers::TestHistory,
};

pub(crate) fn filter(account_id: &str) -> HistoryFilter {
    HistoryFilter {
        account_id: account_id.parse().unwrap(),
        from: "2026-01-01T00:00:00Z".parse().unwrap(),
        to: "2027-01-01T00:00:00Z".parse().unwrap(),
        types: Vec::new(),
        min_amount: None,
        max_amount: None,
        counterparty: None,
        reference: None,
        text: None,
    }
}

fn all(account: &Account) -> Vec<Transaction> {
    account.commits.iter().flat_map(|commit| transactions(commit).unwrap()).collect()
}

/// The same accounts in an index and as events. Whatever is asked, both answer, and both the same.
struct Both {
    index: TestHistory,
    events: EventHistory<MemoryEventStore>,
}

/// A history with these accounts in it.
async fn history(test: &str, accounts: &[&Account]) -> Both {
    let (index, store) = (TestHistory::new(test).await, MemoryEventStore::default());
    for account in accounts {
        index.history.put(&all(account)).await.unwrap();
        for commit in &account.commits {
            store.append(std::slice::from_ref(commit)).await.unwrap();
        }
    }
    if !accounts.is_empty() {
        index.refresh().await;
    }
    Both { index, events: EventHistory::new(store) }
}

impl Both {
    async fn search(
        &self,
        filter: &HistoryFilter,
        page: &Page,
        order: Order,
        size: u32,
    ) -> Result<HistoryPage, PageError> {
        let answer = refusal(self.index.history.search(filter, page, order, size).await);
        let of_events = refusal(self.events.search(filter, page, order, size).await);
        let expected = if filter.text.is_some() { Err(PageError::NoSearch) } else { answer.clone() };
        assert_eq!(of_events, expected, "{filter:?}");
        answer
    }

    async fn find(&self, account_id: &AccountId, id: &TransactionId) -> Option<Transaction> {
        let found = self.index.history.find(account_id, id).await.unwrap();
        assert_eq!(self.events.find(account_id, id).await.unwrap(), found, "{id}");
        found
    }

    async fn delete(self) {
        self.index.delete().await;
    }
}

fn refusal(answer: Result<HistoryPage, HistoryError>) -> Result<HistoryPage, PageError> {
    answer.map_err(|error| match error {
        HistoryError::Page(refused) => refused,
        HistoryError::Store(error) => panic!("{error:?}"),
    })
}

/// A dollar account with one transaction of each kind, a day apart from the second on, and others around it.
fn sample() -> Account {
    let mut account = Account::open("a", AccountType::Savings, "5000.00 USD");
    let deposit = |amount: &str, reference: &str| Command::Deposit {
        amount: amount.parse().unwrap(),
        reference: Some(text(reference)),
        counterparty: Some(text("ACME Corp")),
    };
    account.later(86_400).does(deposit("20.00", "Salary March"));
    account.later(86_400).does(deposit("30.05", "salary march, bonus"));
    let amount = "1500".parse().unwrap();
    account.later(86_400).does(Command::Withdraw { amount, reference: None, counterparty: None });
    account.later(86_400).sends("10", Some("Gift"));
    account.later(86_400).receives("3", None);
    account
}

async fn versions(test: &Both, filter: &HistoryFilter) -> Vec<u64> {
    let page = test.search(filter, &Page::Number(1), Order::Ascending, 100).await.unwrap();
    assert_eq!(page.total_count, u64::try_from(page.transactions.len()).unwrap());
    page.transactions.iter().map(|one| one.version).collect()
}

#[tokio::test]
async fn transactions_read_back_as_they_were_written() {
    let (account, mut yen) = (sample(), Account::open("y", AccountType::Checking, "999999999999999998 JPY"));
    yen.deposits("1");
    let test = history("back", &[&account, &yen]).await;
    for account in [&account, &yen] {
        let filter = filter(account.id.as_str());
        let page = test.search(&filter, &Page::Number(1), Order::Ascending, 100).await.unwrap();
        assert_eq!(page.transactions, all(account));
        let one = all(account).pop().unwrap();
        let found = test.find(&account.id, &one.transaction_id).await;
        assert_eq!(found, Some(one));
    }
    let of_another = test.find(&account.id, &"y-t1".parse().unwrap()).await;
    assert_eq!(of_another, None);
    test.delete().await;
}

#[tokio::test]
async fn each_filter_finds_what_it_names() {
    let (account, other) = (sample(), Account::checking("other"));
    let test = history("filters", &[&account, &other]).await;
    let base = filter("a");
    let amount = |text: &str| Some(text.parse().unwrap());
    let some = |text: &str| Some(text.to_owned());
    let cases = [
        (base.clone(), vec![1, 2, 3, 4, 5, 6]),
        (HistoryFilter { types: vec![TransactionType::Debit], ..base.clone() }, vec![4]),
        (
            HistoryFilter {
                types: vec![TransactionType::Credit, TransactionType::TransferIn],
                ..base.clone()
            },
            vec![1, 2, 3, 6],
        ),
        (HistoryFilter { types: vec![TransactionType::TransferOut], ..base.clone() }, vec![5]),
        (HistoryFilter { min_amount: amount("30.05"), ..base.clone() }, vec![1, 3, 4]),
        (HistoryFilter { min_amount: amount("30.051"), ..base.clone() }, vec![1, 4]),
        (HistoryFilter { max_amount: amount("20"), ..base.clone() }, vec![2, 5, 6]),
        (HistoryFilter { max_amount: amount("19.999"), ..base.clone() }, vec![5, 6]),
        (HistoryFilter { min_amount: amount("-1"), max_amount: amount("10"), ..base.clone() }, vec![5, 6]),
        (HistoryFilter { min_amount: amount("79228162514264337593543950335"), ..base.clone() }, vec![]),
        (HistoryFilter { counterparty: some("receiver"), ..base.clone() }, vec![5]),
        (HistoryFilter { counterparty: some("ACME"), ..base.clone() }, vec![]),
        (HistoryFilter { reference: some("Salary March"), ..base.clone() }, vec![2]),
        (HistoryFilter { reference: some("salary"), ..base.clone() }, vec![]),
        (HistoryFilter { text: some("MARCH salary"), ..base.clone() }, vec![2, 3]),
        (HistoryFilter { text: some("gift transfer"), ..base.clone() }, vec![5]),
        (HistoryFilter { text: some("gift salary"), ..base.clone() }, vec![]),
        (HistoryFilter { text: some("\"*:* OR (a AND"), ..base.clone() }, vec![]),
    ];
    for (filter, expected) in cases {
        assert_eq!(versions(&test, &filter).await, expected, "{filter:?}");
    }
    test.delete().await;
}

#[tokio::test]
async fn both_ends_of_a_period_are_included_to_the_microsecond() {
    let mut account = Account::checking("a");
    account.deposits("1").deposits("2");
    let test = history("period", &[&account]).await;
    let at = |micros: i64| domain::Timestamp::from_micros(crate::account::START_MICROS + micros).unwrap();
    assert_eq!(account.commits[2].timestamp, at(2), "a microsecond apart");
    for (from, to, expected) in [
        (at(0), at(2), vec![1, 2, 3]),
        (at(0), at(0), vec![1]),
        (at(1), at(1), vec![2]),
        (at(3), at(9), vec![]),
        ("-000100-01-01T00:00:00Z".parse().unwrap(), at(0), vec![1]),
        (at(2), "9999-01-01T00:00:00Z".parse().unwrap(), vec![3]),
        ("1900-01-01T00:00:00Z".parse().unwrap(), "1950-01-01T00:00:00Z".parse().unwrap(), vec![]),
    ] {
        assert_eq!(versions(&test, &HistoryFilter { from, to, ..filter("a") }).await, expected);
    }
    test.delete().await;
}

/// All pages from the first on, by their cursors.
async fn by_cursor(test: &Both, order: Order, size: u32) -> Vec<HistoryPage> {
    let mut page = Page::Number(1);
    let mut pages = Vec::new();
    loop {
        let next = test.search(&filter("a"), &page, order, size).await.unwrap();
        pages.push(next.clone());
        let Some(cursor) = next.next_cursor else { return pages };
        page = Page::After(cursor);
    }
}

#[tokio::test]
async fn pages_by_number_and_by_cursor_are_the_same() {
    let mut account = Account::checking("a");
    for step in 1..25 {
        account.later(step % 2 * 3_600).deposits("1");
        // Events of one commit share their time: then the version decides.
        if step % 5 == 0 {
            account.join_last_two();
        }
    }
    let test = history("pages", &[&account]).await;
    for (order, size) in [(Order::Descending, 10), (Order::Ascending, 10), (Order::Descending, 5)] {
        let mut expected = all(&account);
        if order == Order::Descending {
            expected.reverse();
        }
        let pages = by_cursor(&test, order, size).await;
        assert_eq!(pages.len(), 25_usize.div_ceil(usize::try_from(size).unwrap()));
        for (number, page) in (1..).zip(&pages) {
            let same = test.search(&filter("a"), &Page::Number(number), order, size).await.unwrap();
            assert_eq!(*page, same, "page {number}");
            assert_eq!((page.total_count, page.has_next_page), (25, page.next_cursor.is_some()));
        }
        let transactions: Vec<Transaction> = pages.into_iter().flat_map(|page| page.transactions).collect();
        assert_eq!(transactions, expected);
    }
    let beyond = test.search(&filter("a"), &Page::Number(4), Order::Ascending, 10).await.unwrap();
    assert_eq!((beyond.transactions.len(), beyond.total_count, beyond.has_next_page), (0, 25, false));
    test.delete().await;
}

#[tokio::test]
async fn a_page_beyond_the_window_and_a_foreign_cursor_are_refused() {
    let test = history("refuse", &[]).await;
    let ask = async |page: Page, size| test.search(&filter("a"), &page, Order::Descending, size).await.err();
    assert_eq!(ask(Page::Number(100), 100).await, None, "ends at 10,000");
    let beyond = Some(PageError::TooDeep { limit: 10_000 });
    assert_eq!(ask(Page::Number(101), 100).await, beyond);
    assert_eq!(ask(Page::Number(u32::MAX), u32::MAX).await, beyond);
    assert_eq!(ask(Page::Number(0), 20).await, beyond);
    assert_eq!(ask(Page::After("bogus".to_owned()), 20).await, Some(PageError::InvalidCursor));
}
