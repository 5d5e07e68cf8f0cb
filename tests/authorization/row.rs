//! How each operation is tried.

use bank::Bank;
use serde_json::{Value, json};

/// What the operations are tried on.
pub(crate) struct World {
    /// Who has the account.
    pub(crate) owner: Bank,
    /// Who has another one.
    pub(crate) other: Bank,
    pub(crate) admin: Bank,
    pub(crate) account: String,
    pub(crate) account_of_other: String,
    /// The command that opened the account.
    pub(crate) command: String,
    /// Its transaction.
    pub(crate) transaction: String,
    /// The month that it was opened in.
    pub(crate) month: String,
}

/// What is sent, and the status that who may do it gets.
pub(crate) struct Row {
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) allowed: u16,
}

/// An account that was never opened.
pub(crate) const NEVER_OPENED: &str = "never-opened";

impl World {
    /// How an operation is tried on this account.
    pub(crate) fn row(&self, operation: &str, template: &str, account: &str) -> Row {
        let money = json!({ "amount": "1.00" });
        let reason = json!({ "reason": "as ordered" });
        let transfer =
            json!({ "from_account_id": account, "to_account_id": self.account_of_other, "amount": "1.00" });
        let open = json!({ "account_type": "CHECKING", "initial_deposit": "100.00" });
        let (body, allowed) = match operation {
            "list_accounts"
            | "get_account"
            | "get_balance"
            | "get_state"
            | "list_events"
            | "list_transactions"
            | "get_transaction"
            | "get_statement"
            | "export_transactions"
            | "find_command"
            | "get_command"
            | "list_all_events"
            | "daily_volumes"
            | "top_accounts"
            | "fees"
            | "active_accounts"
            | "list_parked"
            | "list_projections"
            | "get_health"
            | "get_openapi"
            | "get_docs" => (None, 200),
            "open_account" => (Some(open), 201),
            "deposit" | "withdraw" => (Some(money), 201),
            "transfer" => (Some(transfer), 201),
            "freeze_account" | "unfreeze_account" => (Some(reason), 201),
            // There is money in it.
            "close_account" => (Some(reason), 422),
            // The journal is not rebuilt, and there is nothing of the others to be had.
            "start_rebuild" | "drop_generation" => (Some(json!({})), 422),
            "read_generation" => (None, 422),
            "get_rebuild" | "cancel_rebuild" | "resume_rebuild" | "redrive" => (None, 404),
            _ => panic!("{operation} is new: say here how it is tried"),
        };
        let path = template
            .replace("{account_id}", account)
            .replace("{transaction_id}", &self.transaction)
            .replace("{month}", &self.month)
            .replace("{command_id}", &self.command)
            .replace("{parked_id}", "account-summary:never-parked")
            .replace("{projection}", "journal")
            .replace("{generation}", "7")
            .replace("{rebuild_id}", "00000000-0000-8000-8000-000000000000");
        let query = if operation == "find_command" { "?idempotency_key=opened" } else { "" };
        Row { path: path + query, body, allowed }
    }
}
