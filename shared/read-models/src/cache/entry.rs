//! What a shared cache holds for an account: the row in its stored form, its version, and the number of the form.
//!
//! Functions of two builds may use one cache. Each reads its own form only; the version is where it is in every form,
//! so that none writes an older row over a newer one of the other.

use application::ports::AccountSummary;
use domain::AccountId;
use serde::{Deserialize, Serialize};

use crate::summary::Row;

/// The number of the form. Whoever changes the form, or what a field of the row means, counts it up.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Entry {
    format: u32,
    version: u64,
    row: Row,
}

/// The entry of a row, if it can be written.
pub(super) fn to_bytes(summary: &AccountSummary) -> Option<Vec<u8>> {
    let entry = Entry { format: FORMAT, version: summary.version, row: Row::from(summary) };
    serde_json::to_vec(&entry).ok()
}

/// The row in an entry, if it is one of this form and of this account.
pub(super) fn from_bytes(bytes: &[u8], account_id: &AccountId) -> Option<AccountSummary> {
    let entry: Entry = serde_json::from_slice(bytes).ok().filter(|entry: &Entry| entry.format == FORMAT)?;
    let summary = AccountSummary::try_from(entry.row).ok()?;
    // The row says whose account it is and so who may see it: one at the wrong place must not be believed.
    (summary.account_id == *account_id && summary.version == entry.version).then_some(summary)
}

#[cfg(test)]
mod tests {
    use application::ports::DailyCount;
    use domain::account::{AccountType, Status};

    use super::*;

    /// What builds with the form 1 write. To be added to, never edited.
    const FORM_1: &str = concat!(
        r#"{"format":1,"version":7,"row":{"account_id":"a","user_id":"u","account_type":"SAVINGS","#,
        r#""currency":"USD","balance":"12.50","status":"FROZEN","created_at":"2026-01-01T00:00:00Z","#,
        r#""last_transaction_at":"2026-01-03T00:00:00Z","daily_counts":[2,0,1],"#,
        r#""recent_transaction_ids":["t-3","t-2"],"total_deposits":"112.50","total_withdrawals":"50.00","#,
        r#""total_transfers_out":"50.00","total_transfers_in":"0.00","version":7,"#,
        r#""last_updated":"2026-01-04T00:00:00Z"}}"#
    );

    fn summary() -> AccountSummary {
        let at = |text: &str| text.parse::<domain::Timestamp>().unwrap();
        let money = |text: &str| text.parse::<domain::Money>().unwrap();
        let last = at("2026-01-03T00:00:00Z");
        AccountSummary {
            account_id: "a".parse().unwrap(),
            user_id: "u".parse().unwrap(),
            account_type: AccountType::Savings,
            balance: money("12.50 USD"),
            status: Status::Frozen,
            created_at: at("2026-01-01T00:00:00Z"),
            last_transaction_at: last,
            daily_counts: vec![
                DailyCount { day: last.day() - 2, count: 1 },
                DailyCount { day: last.day(), count: 2 },
            ],
            recent_transaction_ids: vec!["t-3".parse().unwrap(), "t-2".parse().unwrap()],
            total_deposits: money("112.50 USD"),
            total_withdrawals: money("50.00 USD"),
            total_transfers_out: money("50.00 USD"),
            total_transfers_in: money("0.00 USD"),
            version: 7,
            last_updated: at("2026-01-04T00:00:00Z"),
        }
    }

    #[test]
    fn the_form_is_the_one_that_its_number_stands_for() {
        assert_eq!(String::from_utf8(to_bytes(&summary()).unwrap()).unwrap(), FORM_1);
        assert_eq!(from_bytes(FORM_1.as_bytes(), &summary().account_id), Some(summary()));
    }

    #[test]
    fn another_form_another_account_and_another_version_are_not_believed() {
        let id = summary().account_id;
        for (part, another) in [
            (r#""format":1"#, r#""format":2"#),
            (r#""account_id":"a""#, r#""account_id":"b""#),
            (r#"{"format":1,"version":7"#, r#"{"format":1,"version":8"#),
            (r#""balance":"12.50""#, r#""balance":12.50"#),
            (r#""currency":"USD""#, r#""currency":"???""#),
        ] {
            let entry = FORM_1.replacen(part, another, 1);
            assert_ne!(entry, FORM_1);
            assert_eq!(from_bytes(entry.as_bytes(), &id), None, "{another}");
        }
    }
}
