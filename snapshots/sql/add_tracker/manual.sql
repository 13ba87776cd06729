-- pghistory_ops.operations.AddTracker(
--     event_model='OrderEvent',
--     tracker=pghistory_ops.trackers.ManualTracker(),
-- )

-- forwards

-- (no-op)

-- backwards

-- (no-op)
