-- pghistory_ops.operations.AlterEventModel(
--     name='OrderEvent',
--     tracks='shop.Purchase',
-- )

-- forwards

-- (no-op)

-- backwards

-- (no-op)
