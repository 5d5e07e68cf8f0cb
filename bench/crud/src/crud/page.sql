SELECT t.transaction_id, t.kind, t.amount, coalesce(f.amount, 0) AS fee, t.balance_after, t.booked_at, t.description,
    t.reference, coalesce(other.account_id, t.counterparty) AS counterparty, t.version
