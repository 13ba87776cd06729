-- pghistory_ops.operations.AddTracker(
--     event_model='OrderEvent',
--     tracker=pghistory_ops.trackers.BeforeDelete(level=pgtrigger.Row),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_orderevent_before_delete_delete_1059b630"()
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
        'before_delete',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_before_delete_delete_1059b630"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_before_delete_delete_1059b630"() IS 'django-pghistory-ops, template 1, digest 913b56ee86b777be';

CREATE TRIGGER "00_pgh_before_delete_delete"
    AFTER DELETE ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_before_delete_delete_1059b630"();

COMMENT ON TRIGGER "00_pgh_before_delete_delete" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 65ca5fc08f2b6bf7';

-- backwards

DROP TRIGGER "00_pgh_before_delete_delete" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_before_delete_delete_1059b630"();
