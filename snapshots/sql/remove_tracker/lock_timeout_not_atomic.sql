-- pghistory_ops.operations.RemoveTracker(
--     event_model='OrderEvent',
--     label='after_update',
--     lock_timeout='500ms',
-- )

-- forwards

BEGIN;

SELECT set_config('pghistory_ops.lock_timeout', current_setting('lock_timeout'), true);

SET LOCAL lock_timeout = '500ms';

DROP TRIGGER "00_pgh_after_update_update" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"();

SELECT set_config('lock_timeout', current_setting('pghistory_ops.lock_timeout'), true);

COMMIT;

-- backwards

BEGIN;

SELECT set_config('pghistory_ops.lock_timeout', current_setting('lock_timeout'), true);

SET LOCAL lock_timeout = '500ms';

CREATE FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"()
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
        'after_update',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"() IS 'django-pghistory-ops, template 1, digest e92c000c680a025b';

CREATE TRIGGER "00_pgh_after_update_update"
    AFTER UPDATE ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"();

COMMENT ON TRIGGER "00_pgh_after_update_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 57f10c879be9b5b0';

SELECT set_config('lock_timeout', current_setting('pghistory_ops.lock_timeout'), true);

COMMIT;
