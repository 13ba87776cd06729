-- pghistory_ops.operations.RefreshTrackers(
--     event_model='OrderEvent',
-- )

-- forwards

CREATE OR REPLACE TRIGGER "00_pgh_snapshot_update"
    AFTER UPDATE ON "shop_order"
    FOR EACH ROW
    WHEN (
        ROW(
            OLD."id",
            OLD."customer_id",
            OLD."note",
            OLD."status",
            OLD."total",
            OLD."updated_at"
        )::record *<> ROW(
            NEW."id",
            NEW."customer_id",
            NEW."note",
            NEW."status",
            NEW."total",
            NEW."updated_at"
        )::record
    )
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"();

COMMENT ON TRIGGER "00_pgh_snapshot_update" ON "shop_order" IS 'django-pghistory-ops, template 1, digest 52020b9961be2a29';

-- backwards

CREATE OR REPLACE TRIGGER "00_pgh_snapshot_update"
    AFTER UPDATE ON "shop_order"
    FOR EACH ROW
    WHEN (OLD.* *<> NEW.*)
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"();

COMMENT ON TRIGGER "00_pgh_snapshot_update" ON "shop_order" IS 'django-pghistory-ops, template 1, digest 63163da2a1f0fb96';
