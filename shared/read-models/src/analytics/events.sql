SELECT e.position, e.stream, e.version, e.event_id, e.event_type, e.type_version, e.timestamp, e.recorded_at,
  e.command_id, e.user_id, e.account_id, e.holder_id, e.account_type, e.currency, e.amount, e.fee, e.balance_after,
  e.counterparty, e.reference, e.data, e.unreadable, e.date
FROM (
  SELECT compaction, position, stream, version, event_id, event_type, type_version, timestamp, recorded_at,
    command_id, user_id, account_id, holder_id, account_type, currency, amount, fee, balance_after,
    counterparty, reference, data, unreadable, date
  FROM compacted
  UNION ALL
  SELECT compaction, position, stream, version, event_id, event_type, type_version, timestamp, recorded_at,
    command_id, user_id, account_id, holder_id, account_type, currency, amount, fee, balance_after,
    counterparty, reference, data, unreadable, date
  FROM recent
) e
JOIN compactions c ON c.compaction = e.compaction AND c.first_position <= e.position
WHERE c.valid_from <= now() AND now() < c.valid_until
