-- pghistory_ops.operations.AlterEventModel(
--     name='OrderEvent',
--     exclude=['note'],
-- )

-- forwards

-- (no-op)

-- backwards

-- (no-op)
