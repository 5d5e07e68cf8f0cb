FROM transactions t
LEFT JOIN fees f ON f.transaction = t.id
LEFT JOIN transfers tr ON tr.id = t.transfer
LEFT JOIN accounts other ON other.id = CASE t.kind WHEN 'TRANSFER_OUT' THEN tr.receiver ELSE tr.sender END
WHERE t.account = $1 AND t.booked_at >= $2 AND t.booked_at <= $3
