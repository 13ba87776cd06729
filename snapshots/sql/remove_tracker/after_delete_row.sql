-- pghistory_ops.operations.RemoveTracker(
--     event_model='OrderEvent',
--     label='after_delete',
-- )

-- forwards

DROP TRIGGER "00_pgh_after_delete_delete" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_after_delete_delete_358a84e6"();

-- backwards

CREATE FUNCTION "public"."pgh_shop_orderevent_after_delete_delete_358a84e6"()
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
        'after_delete',
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
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_after_delete_delete_358a84e6"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_after_delete_delete_358a84e6"() IS 'django-pghistory-ops, template 1, digest 9d58d0e92d316206';

CREATE TRIGGER "00_pgh_after_delete_delete"
    AFTER DELETE ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_after_delete_delete_358a84e6"();

COMMENT ON TRIGGER "00_pgh_after_delete_delete" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 65ca5fc08f2b6bf7';
