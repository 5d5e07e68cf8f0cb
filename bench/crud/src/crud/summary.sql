SELECT a.account_id, u.user_id, a.account_type, a.currency, a.balance, a.status, a.opened_at, a.version, a.updated_at,
    sums.last_at, sums.deposits, sums.withdrawals + fees.of_withdrawals AS withdrawals,
    sums.transfers_out + fees.of_transfers AS transfers_out, sums.transfers_in, month.count, recent.ids
FROM accounts a
JOIN users u ON u.id = a.owner
CROSS JOIN LATERAL (
    SELECT max(t.booked_at) AS last_at,
        coalesce(sum(t.amount) FILTER (WHERE t.kind = 'CREDIT'), 0)::bigint AS deposits,
        coalesce(sum(t.amount) FILTER (WHERE t.kind = 'DEBIT'), 0)::bigint AS withdrawals,
        coalesce(sum(t.amount) FILTER (WHERE t.kind = 'TRANSFER_OUT'), 0)::bigint AS transfers_out,
        coalesce(sum(t.amount) FILTER (WHERE t.kind = 'TRANSFER_IN'), 0)::bigint AS transfers_in
    FROM transactions t
    WHERE t.account = a.id
) sums
-- By themselves, so that no fee is looked for where there can be none.
CROSS JOIN LATERAL (
    SELECT coalesce(sum(f.amount) FILTER (WHERE t.kind = 'DEBIT'), 0)::bigint AS of_withdrawals,
        coalesce(sum(f.amount) FILTER (WHERE t.kind = 'TRANSFER_OUT'), 0)::bigint AS of_transfers
    FROM transactions t
    JOIN fees f ON f.transaction = t.id
    WHERE t.account = a.id AND t.kind IN ('DEBIT', 'TRANSFER_OUT')
) fees
CROSS JOIN LATERAL (
    SELECT count(*) AS count FROM transactions t WHERE t.account = a.id AND t.booked_at >= $2
) month
CROSS JOIN LATERAL (
    SELECT array_agg(newest.transaction_id ORDER BY newest.booked_at DESC, newest.version DESC) AS ids
    FROM (
        SELECT t.transaction_id, t.booked_at, t.version FROM transactions t
        WHERE t.account = a.id
        ORDER BY t.booked_at DESC, t.version DESC
        LIMIT 10
    ) newest
) recent
WHERE a.account_id = $1
