-- pghistory_ops.operations.RefreshTrackers(
--     event_model='OrderEvent',
-- )

-- forwards

CREATE OR REPLACE TRIGGER "00_pgh_noted_update"
    AFTER UPDATE ON "shop_order"
    FOR EACH ROW
    WHEN (
        ROW(
            OLD."customer_id",
            OLD."gift",
            OLD."id",
            OLD."note",
            OLD."status",
            OLD."updated_at"
        )::record *<> ROW(
            NEW."customer_id",
            NEW."gift",
            NEW."id",
            NEW."note",
            NEW."status",
            NEW."updated_at"
        )::record
    )
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_noted_update_2bc5295c"();

COMMENT ON TRIGGER "00_pgh_noted_update" ON "shop_order" IS 'django-pghistory-ops, template 1, digest c6b0c31f4bef6862';

-- backwards

CREATE OR REPLACE TRIGGER "00_pgh_noted_update"
    AFTER UPDATE ON "shop_order"
    FOR EACH ROW
    WHEN (
        ROW(
            OLD."customer_id",
            OLD."id",
            OLD."note",
            OLD."status",
            OLD."updated_at"
        )::record *<> ROW(
            NEW."customer_id",
            NEW."id",
            NEW."note",
            NEW."status",
            NEW."updated_at"
        )::record
    )
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_noted_update_2bc5295c"();

COMMENT ON TRIGGER "00_pgh_noted_update" ON "shop_order" IS 'django-pghistory-ops, template 1, digest 20ad872fd9805832';
