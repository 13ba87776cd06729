-- pghistory_ops.operations.RefreshTrackers(
--     event_model='OrderEvent',
--     template=1,
-- )

-- forwards

-- (no-op)

-- backwards

-- (no-op)
