//! The limit of open accounts.

use domain::holder::{Event, Holder, OPEN_ACCOUNTS_MAX, Rejection, add_account, evolve, remove_account};

use crate::given::id;

fn holder_of(accounts: usize) -> Holder {
    (0..accounts).fold(Holder::default(), |holder, number| {
        let event = add_account(&holder, id(&format!("a{number}"))).unwrap();
        evolve(holder, &event)
    })
}

#[test]
fn a_fifth_account_is_added_and_a_sixth_is_not() {
    assert_eq!(OPEN_ACCOUNTS_MAX, 5);
    assert!(add_account(&holder_of(4), id("fifth")).is_ok());
    let sixth = add_account(&holder_of(5), id("sixth"));
    assert_eq!(sixth, Err(Rejection::AccountLimitReached { limit: 5 }));
}

#[test]
fn an_account_that_is_removed_gives_its_place_back() {
    let holder = evolve(holder_of(5), &remove_account(id("a2")));
    assert!(matches!(add_account(&holder, id("new")), Ok(Event::AccountAdded(_))));
    assert_eq!(holder.open_accounts.len(), 4);
}
