-- pghistory_ops.operations.RefreshTrackers(
--     event_model='OrderEvent',
--     lock_timeout='2s',
-- )

-- forwards

BEGIN;

SELECT set_config('pghistory_ops.lock_timeout', current_setting('lock_timeout'), true);

SET LOCAL lock_timeout = '2s';

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    IF 'shop.orderevent' = ANY (
        NULLIF(current_setting('pghistory_ops.paused', true), '')::text[]
    ) THEN
        RETURN NULL;
    END IF;
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

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"() IS 'django-pghistory-ops, template 1, digest 8af90867b6d871ba';

SELECT set_config('lock_timeout', current_setting('pghistory_ops.lock_timeout'), true);

COMMIT;

-- backwards

BEGIN;

SELECT set_config('pghistory_ops.lock_timeout', current_setting('lock_timeout'), true);

SET LOCAL lock_timeout = '2s';

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"()
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

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"() IS 'django-pghistory-ops, template 1, digest e92c000c680a025b';

SELECT set_config('lock_timeout', current_setting('pghistory_ops.lock_timeout'), true);

COMMIT;
