-- pghistory_ops.operations.AddTracker(
--     event_model='OrderEvent',
--     tracker=pghistory_ops.trackers.AfterUpdate(level=pgtrigger.Statement),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"()
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
        'after_update',
        NEW."id",
        (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
        NEW."id",
        NEW."customer_id",
        NEW."note",
        NEW."status",
        NEW."total",
        NEW."updated_at"
    FROM new_rows AS NEW;
    IF FOUND AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"() IS 'django-pghistory-ops, template 1, digest 1bf79c0dc4c3b2ba';

CREATE TRIGGER "00_pgh_after_update_update"
    AFTER UPDATE ON "public"."shop_order"
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"();

COMMENT ON TRIGGER "00_pgh_after_update_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 7e52a46dfefad6db';

-- backwards

DROP TRIGGER "00_pgh_after_update_update" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_after_update_update_834ecbf7"();
