/** The main flows against a running bank: `PASSBOOK_API_URL`, and the token of a customer in `PASSBOOK_TOKEN`. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { command, isProblem, passbook, type Schemas } from "../src/index.js";

const setting = (name: string): string => {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value;
};

const bank = passbook({ baseUrl: setting("PASSBOOK_API_URL"), token: () => setting("PASSBOOK_TOKEN") });

/** What an operation answers; fails if it refuses. */
const done = async <T>(answer: Promise<{ data?: T; error?: unknown }>): Promise<T> => {
  const { data, error } = await answer;
  assert.equal(error, undefined, JSON.stringify(error));
  assert.ok(data !== undefined);
  return data;
};

const open = (initial_deposit: string): Promise<Schemas["MoneyMoved"]> =>
  done(bank.POST("/v1/accounts", { body: { account_type: "CHECKING", initial_deposit }, params: command() }));

test("money moves, and is in the account, its history and its statement", async () => {
  const [from, to] = [await open("500.00"), await open("100.00")];
  const transfer = await done(
    bank.POST("/v1/transfers", {
      params: command(),
      body: { from_account_id: from.account_id, to_account_id: to.account_id, amount: "40.50", reference: "rent" },
    }),
  );
  assert.equal(transfer.from.balance, "457.50");

  const path = { account_id: from.account_id };
  const account = await done(
    bank.GET("/v1/accounts/{account_id}", { params: { path, query: { min_version: transfer.from.version } } }),
  );
  assert.equal(account.current_balance, "457.50");
  const month = new Date().toISOString().slice(0, 7);
  const statement = await done(
    bank.GET("/v1/accounts/{account_id}/statements/{month}", { params: { path: { ...path, month } } }),
  );
  assert.ok(typeof statement === "object");
  assert.deepEqual(statement.lines.map((line) => line.amount), ["500.00", "40.50"]);

  const seen: string[] = [];
  for (let cursor: string | undefined; seen.length < 2; ) {
    const query = { page_size: 1, ...(cursor === undefined ? {} : { cursor }) };
    const page = await done(bank.GET("/v1/accounts/{account_id}/transactions", { params: { path, query } }));
    seen.push(...page.transactions.map((one) => one.type));
    cursor = page.next_cursor ?? undefined;
    // The history is a second behind.
    if (cursor === undefined && seen.length < 2) seen.length = 0;
  }
  assert.deepEqual(seen, ["TRANSFER_OUT", "CREDIT"]);
});

test("a command that is sent again has one effect and one answer", async () => {
  const account = await open("100.00");
  const deposit = () =>
    bank.POST("/v1/accounts/{account_id}/deposits", {
      params: { path: { account_id: account.account_id }, ...command(account.account_id) },
      body: { amount: "1.00" },
    });
  const [first, second] = [await deposit(), await deposit()];
  assert.deepEqual(first.data, second.data);
  assert.equal(first.response.headers.get("Idempotency-Replayed"), null);
  assert.equal(second.response.headers.get("Idempotency-Replayed"), "true");
});

test("a refusal says why, in types", async () => {
  const account = await open("100.00");
  const { error } = await bank.POST("/v1/accounts/{account_id}/withdrawals", {
    params: { path: { account_id: account.account_id }, ...command() },
    body: { amount: "100.01" },
  });
  assert.ok(isProblem(error));
  assert.equal(error.code, "insufficient_funds");
  assert.deepEqual([error.available, error.required], ["100.00", "100.01"]);
});

test("what cannot be reached is tried again with the same key, and then given up", async () => {
  const keys: (string | null)[] = [];
  const unreachable = passbook({
    baseUrl: setting("PASSBOOK_API_URL"),
    token: () => "none",
    attempts: 3,
    fetch: async (input) => {
      keys.push((input as Request).headers.get("Idempotency-Key"));
      throw new TypeError("unreachable");
    },
  });
  const body = { account_type: "CHECKING", initial_deposit: "100" };
  await assert.rejects(unreachable.POST("/v1/accounts", { body, params: command("same") }), /unreachable/);
  assert.deepEqual(keys, ["same", "same", "same"]);
});
