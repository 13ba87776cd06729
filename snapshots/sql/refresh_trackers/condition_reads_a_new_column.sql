-- pghistory_ops.operations.RefreshTrackers(
--     event_model='OrderEvent',
-- )

-- forwards

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
