-- pghistory_ops.operations.RefreshTrackers(
--     event_model='OrderEvent',
-- )

-- forwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_noted_update_2bc5295c"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "public"."shop_orderevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id",
        "customer_id",
        "note",
        "status",
        "total",
        "updated_at"
    )
    VALUES (
        clock_timestamp(),
        'noted',
        NEW."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        NEW."id",
        NEW."customer_id",
        NEW."note",
        NEW."status",
        NEW."total",
        NEW."updated_at"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_noted_update_2bc5295c"() IS 'django-pghistory-ops, template 1, digest 3a0d085dac3e627f';

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE OR REPLACE TRIGGER "00_pgh_noted_update"
    AFTER UPDATE ON "public"."shop_order"
    FOR EACH ROW
    WHEN (
        record_image_ne(
            ROW(
                OLD."customer_id",
                OLD."gift",
                OLD."id",
                OLD."note",
                OLD."status",
                OLD."updated_at"
            ),
            ROW(
                NEW."customer_id",
                NEW."gift",
                NEW."id",
                NEW."note",
                NEW."status",
                NEW."updated_at"
            )
        )
    )
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_noted_update_2bc5295c"();

COMMENT ON TRIGGER "00_pgh_noted_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest fe5663d49e723e02';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);

-- backwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_noted_update_2bc5295c"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "public"."shop_orderevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id",
        "customer_id",
        "note",
        "status",
        "total",
        "updated_at"
    )
    VALUES (
        clock_timestamp(),
        'noted',
        NEW."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        NEW."id",
        NEW."customer_id",
        NEW."note",
        NEW."status",
        NEW."total",
        NEW."updated_at"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_noted_update_2bc5295c"() IS 'django-pghistory-ops, template 1, digest 5960d8823ccd65ee';

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE OR REPLACE TRIGGER "00_pgh_noted_update"
    AFTER UPDATE ON "public"."shop_order"
    FOR EACH ROW
    WHEN (
        record_image_ne(
            ROW(
                OLD."customer_id",
                OLD."id",
                OLD."note",
                OLD."status",
                OLD."updated_at"
            ),
            ROW(
                NEW."customer_id",
                NEW."id",
                NEW."note",
                NEW."status",
                NEW."updated_at"
            )
        )
    )
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_noted_update_2bc5295c"();

COMMENT ON TRIGGER "00_pgh_noted_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest e6aa2569d475a89b';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);
