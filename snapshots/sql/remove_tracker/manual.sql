-- pghistory_ops.operations.RemoveTracker(
--     event_model='OrderEvent',
--     label='manual_tracker',
-- )

-- forwards

-- (no-op)

-- backwards

-- (no-op)
