-- pghistory_ops.operations.AddTracker(
--     event_model='OrderEvent',
--     tracker=pghistory_ops.trackers.BeforeDelete(level=pgtrigger.Statement),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_orderevent_before_delete_delete_1059b630"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
-- OLD and NEW are rows of the query here.
#variable_conflict use_column
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
    SELECT
        clock_timestamp(),
        'before_delete',
        OLD."id",
        (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
        OLD."id",
        OLD."customer_id",
        OLD."note",
        OLD."status",
        OLD."total",
        OLD."updated_at"
    FROM old_rows AS OLD;
    IF FOUND AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_before_delete_delete_1059b630"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_before_delete_delete_1059b630"() IS 'django-pghistory-ops, template 1, digest ea98a6f76c0b61b5';

CREATE TRIGGER "00_pgh_before_delete_delete"
    AFTER DELETE ON "public"."shop_order"
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_before_delete_delete_1059b630"();

COMMENT ON TRIGGER "00_pgh_before_delete_delete" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 850d690e0928e44d';

-- backwards

DROP TRIGGER "00_pgh_before_delete_delete" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_before_delete_delete_1059b630"();
