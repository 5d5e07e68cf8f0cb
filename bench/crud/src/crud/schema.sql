-- The bank as a good team makes it in one database: each fact once, an index for each question. Money is counted in minor
-- units of the account's currency, which PostgreSQL adds up faster than numerics.

CREATE TABLE users (
    id bigint PRIMARY KEY,
    user_id text NOT NULL UNIQUE
);

CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    account_id text NOT NULL UNIQUE,
    owner bigint NOT NULL REFERENCES users,
    account_type text NOT NULL,
    currency text NOT NULL,
    -- Kept, since each withdrawal has to be checked against it.
    balance bigint NOT NULL CHECK (balance >= 0),
    status text NOT NULL,
    opened_at timestamptz NOT NULL,
    -- The optimistic lock.
    version bigint NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX accounts_by_owner ON accounts (owner);

CREATE TABLE transfers (
    id bigint PRIMARY KEY,
    transfer_id text NOT NULL UNIQUE,
    sender bigint NOT NULL REFERENCES accounts,
    receiver bigint NOT NULL REFERENCES accounts
);
CREATE INDEX transfers_by_sender ON transfers (sender);
CREATE INDEX transfers_by_receiver ON transfers (receiver);

CREATE TABLE transactions (
    id bigint PRIMARY KEY,
    transaction_id text NOT NULL UNIQUE,
    account bigint NOT NULL REFERENCES accounts,
    kind text NOT NULL CHECK (kind IN ('CREDIT', 'DEBIT', 'TRANSFER_OUT', 'TRANSFER_IN')),
    amount bigint NOT NULL CHECK (amount > 0),
    balance_after bigint NOT NULL,
    booked_at timestamptz NOT NULL,
    version bigint NOT NULL,
    description text NOT NULL,
    reference text,
    counterparty text,
    transfer bigint REFERENCES transfers
);
-- Pages, counts and sums: with what it includes, the last two need not look into the table.
CREATE UNIQUE INDEX transactions_by_time ON transactions (account, booked_at DESC, version DESC)
    INCLUDE (kind, amount, id);
CREATE INDEX transactions_by_transfer ON transactions (transfer) WHERE transfer IS NOT NULL;

CREATE TABLE fees (
    transaction bigint PRIMARY KEY REFERENCES transactions,
    amount bigint NOT NULL CHECK (amount > 0)
);
