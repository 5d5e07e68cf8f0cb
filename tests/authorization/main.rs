//! Who may do what: every operation of the document, tried by everybody.

#![expect(clippy::print_stdout, reason = "the figures of a run are worth reading")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod row;
mod tokens;

use reqwest::Method;
use serde_json::{Value, json};

use bank::{Answer, Bank, eventually, new_key};
use row::{NEVER_OPENED, Row, World};

/// The owner's account, and all that is in the read models of it: of users whose accounts no other test counts
/// the transactions of, for a freeze is none.
async fn world() -> World {
    let (owner, other, admin) =
        (Bank::of("customer-10").await, Bank::of("customer-12").await, Bank::of("admin").await);
    let open = json!({ "account_type": "CHECKING", "initial_deposit": "1000.00" });
    // A second run on the same stack has the same answer.
    let opened = owner.post_as("opened", "/v1/accounts", &open).await;
    assert_eq!(opened.status, 201, "{}", opened.body);
    let account = opened.text("account_id");
    owner.account_at(&account, 1).await;
    let path = format!("/v1/accounts/{account}/transactions/{}", opened.text("transaction_id"));
    let transaction = eventually(&path, async || {
        let answer = owner.get(&path).await;
        (answer.status == 200).then_some(answer)
    })
    .await;
    World {
        account_of_other: other.open("CHECKING", "100.00").await,
        owner,
        other,
        admin,
        account,
        command: opened.text("command_id"),
        transaction: opened.text("transaction_id"),
        month: transaction.text("timestamp").chars().take("2026-11".len()).collect(),
    }
}

/// An operation of the document.
struct Operation {
    method: Method,
    path: String,
    name: String,
    access: String,
}

async fn operations() -> Vec<Operation> {
    let document = Bank::of_nobody().get("/v1/openapi.json").await.body;
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                name: operation["operationId"].as_str().unwrap().to_owned(),
                access: operation["x-access"].as_str().unwrap().to_owned(),
            });
        }
    }
    operations
}

async fn attempt(who: &Bank, operation: &Operation, row: &Row) -> Answer {
    let key = new_key();
    let headers: &[(&str, &str)] =
        if operation.method == Method::POST { &[("idempotency-key", &key)] } else { &[] };
    who.send(operation.method.clone(), &row.path, headers, row.body.as_ref().map(Value::to_string)).await
}

/// An answer but for what differs between any two requests, and the account that it is of.
fn anonymous(answer: &Answer, account: &str) -> (u16, Option<String>, String) {
    let mut body = answer.body.clone();
    if let Some(body) = body.as_object_mut() {
        body.remove("request_id");
        body.remove("instance");
    }
    (answer.status.as_u16(), answer.etag.clone(), body.to_string().replace(account, "…"))
}

async fn version(world: &World) -> u64 {
    let path = format!("/v1/accounts/{}?consistency=strong", world.account);
    world.owner.get(&path).await.version()
}

async fn lists_and_counts_have_nothing_of_others(world: &World) {
    let listed = world.other.get("/v1/accounts").await.body.to_string();
    assert!(!listed.contains(&world.account), "{listed}");
    let of_owner = world.owner.get(&format!("/v1/accounts/{}", world.account)).await.text("user_id");
    let asked = world.other.get(&format!("/v1/accounts?user_id={of_owner}")).await;
    let of_nobody = world.other.get("/v1/accounts?user_id=nobody").await;
    assert_eq!(anonymous(&asked, &of_owner), anonymous(&of_nobody, "nobody"));
    assert_eq!(asked.text("code"), "forbidden");
}

/// One test, for what it does with tokens would disturb another one.
#[tokio::test]
async fn everybody_may_do_what_the_document_says_and_nothing_else() {
    let (world, strangers, operations) = (world().await, tokens::strangers().await, operations().await);
    lists_and_counts_have_nothing_of_others(&world).await;
    let mut attempts = 0;
    for operation in &operations {
        let Operation { name, path, access, .. } = operation;
        let row = world.row(name, path, &world.account);
        let before = version(&world).await;

        let from_strangers = if access == "anyone" { row.allowed } else { 401 };
        for (who, bank) in &strangers {
            let answer = attempt(bank, operation, &row).await;
            assert_eq!(answer.status.as_u16(), from_strangers, "{name} with {who}: {}", answer.body);
        }
        let of_other = attempt(&world.other, operation, &row).await;
        match (access.as_str(), name.as_str()) {
            ("owner", _) => {
                let missing = world.row(name, path, NEVER_OPENED);
                let of_none = attempt(&world.other, operation, &missing).await;
                assert_eq!(of_other.status, 404, "{name}: {}", of_other.body);
                let (shown, expected) =
                    (anonymous(&of_other, &world.account), anonymous(&of_none, NEVER_OPENED));
                assert_eq!(shown, expected, "{name}: another user's account is as one that never was");
            }
            ("admin", _) => assert_eq!(of_other.text("code"), "forbidden", "{name}"),
            (_, "get_command" | "find_command") => {
                assert_eq!(of_other.text("code"), "command_not_found", "{name}");
            }
            _ => assert_eq!(of_other.status.as_u16(), row.allowed, "{name}: {}", of_other.body),
        }
        if access == "admin" {
            let of_owner = attempt(&world.owner, operation, &row).await;
            assert_eq!(of_owner.text("code"), "forbidden", "{name}");
        }
        assert_eq!(version(&world).await, before, "{name}: who may not do it has changed the account");

        let who_may = if access == "admin" { &world.admin } else { &world.owner };
        let answer = attempt(who_may, operation, &row).await;
        assert_eq!(answer.status.as_u16(), row.allowed, "{name}: {}", answer.body);
        if access == "owner" {
            let answer = attempt(&world.admin, operation, &row).await;
            assert_eq!(answer.status.as_u16(), row.allowed, "{name} by an admin: {}", answer.body);
        }
        attempts += strangers.len() + 4;
    }
    println!("{} operations, about {attempts} attempts", operations.len());
}
