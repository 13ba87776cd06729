-- pghistory_ops.operations.AlterEventModel(
--     name='OrderEvent',
--     pausable=True,
-- )

-- forwards

-- (no-op)

-- backwards

-- (no-op)
