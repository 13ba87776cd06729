-- pghistory_ops.operations.RemoveTracker(
--     event_model='OrderEvent',
--     label='when_before',
-- )

-- forwards

DROP TRIGGER "zz_pgh_when_before_delete" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_when_before_delete_c454c8bf"();

DROP TRIGGER "zz_pgh_when_before_update" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_when_before_update_a09871e7"();

-- backwards

CREATE FUNCTION "public"."pgh_shop_orderevent_when_before_update_a09871e7"()
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
        'when_before',
        OLD."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        OLD."id",
        OLD."customer_id",
        OLD."note",
        OLD."status",
        OLD."total",
        OLD."updated_at"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NEW;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_when_before_update_a09871e7"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_when_before_update_a09871e7"() IS 'django-pghistory-ops, template 1, digest 2e4dcc850373df20';

CREATE TRIGGER "zz_pgh_when_before_update"
    BEFORE UPDATE ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_when_before_update_a09871e7"();

COMMENT ON TRIGGER "zz_pgh_when_before_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest ebe785f68356c30c';

CREATE FUNCTION "public"."pgh_shop_orderevent_when_before_delete_c454c8bf"()
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
        'when_before',
        OLD."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        OLD."id",
        OLD."customer_id",
        OLD."note",
        OLD."status",
        OLD."total",
        OLD."updated_at"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN OLD;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_when_before_delete_c454c8bf"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_when_before_delete_c454c8bf"() IS 'django-pghistory-ops, template 1, digest c0ddd10469d1fde9';

CREATE TRIGGER "zz_pgh_when_before_delete"
    BEFORE DELETE ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_when_before_delete_c454c8bf"();

COMMENT ON TRIGGER "zz_pgh_when_before_delete" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest b78eefa6c3427d99';
