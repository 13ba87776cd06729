-- pghistory_ops.operations.RemoveTracker(
--     event_model='OrderEvent',
--     label='after_insert',
-- )

-- forwards

DROP TRIGGER "00_pgh_after_insert_insert" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_after_insert_insert_fd1d4f65"();

-- backwards

CREATE FUNCTION "public"."pgh_shop_orderevent_after_insert_insert_fd1d4f65"()
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
        'after_insert',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_after_insert_insert_fd1d4f65"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_after_insert_insert_fd1d4f65"() IS 'django-pghistory-ops, template 1, digest 41dbb16edb83488d';

CREATE TRIGGER "00_pgh_after_insert_insert"
    AFTER INSERT ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_after_insert_insert_fd1d4f65"();

COMMENT ON TRIGGER "00_pgh_after_insert_insert" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 46b6757b6a83fda6';
