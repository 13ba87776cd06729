-- pghistory_ops.operations.RefreshTrackers(
--     event_model='OrderEvent',
-- )

-- forwards

-- (no-op)

-- backwards

-- (no-op)
