-- pghistory_ops.operations.RefreshTrackers(
--     event_model='OrderEvent',
-- )

-- forwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE OR REPLACE TRIGGER "00_pgh_snapshot_update"
    AFTER UPDATE ON "public"."shop_order"
    FOR EACH ROW
    WHEN (
        record_image_ne(
            ROW(
                OLD."id",
                OLD."customer_id",
                OLD."note",
                OLD."status",
                OLD."total",
                OLD."updated_at"
            ),
            ROW(
                NEW."id",
                NEW."customer_id",
                NEW."note",
                NEW."status",
                NEW."total",
                NEW."updated_at"
            )
        )
    )
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"();

COMMENT ON TRIGGER "00_pgh_snapshot_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest a376ca386aa5d052';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);

-- backwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE OR REPLACE TRIGGER "00_pgh_snapshot_update"
    AFTER UPDATE ON "public"."shop_order"
    FOR EACH ROW
    WHEN (OLD.* *<> NEW.*)
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"();

COMMENT ON TRIGGER "00_pgh_snapshot_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 63163da2a1f0fb96';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);
