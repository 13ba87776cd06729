-- pghistory_ops.operations.AddTracker(
--     event_model='ParcelEvent',
--     tracker=pghistory_ops.trackers.DatabaseTracker('selected', condition=pghistory_ops.conditions.Q(('old__status', 'new'), pghistory_ops.conditions.Q(('old__weight', 1), _negated=True)), level=pgtrigger.Statement, operation=pgtrigger.Delete),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_parcelevent_selected_delete_02aef129"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
-- OLD and NEW are rows of the query here.
#variable_conflict use_column
BEGIN
    INSERT INTO "public"."shop_parcelevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id",
        "address",
        "created_at",
        "data",
        "due_on",
        "due_time",
        "is_express",
        "order_id",
        "photo",
        "price",
        "ratio",
        "seen_at",
        "status",
        "token",
        "transit",
        "updated_at",
        "weight",
        "Zip Code"
    )
    SELECT
        clock_timestamp(),
        'selected',
        OLD."id",
        (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
        OLD."id",
        OLD."address",
        OLD."created_at",
        OLD."data",
        OLD."due_on",
        OLD."due_time",
        OLD."is_express",
        OLD."order_id",
        OLD."photo",
        OLD."price",
        OLD."ratio",
        OLD."seen_at",
        OLD."status",
        OLD."token",
        OLD."transit",
        OLD."updated_at",
        OLD."weight",
        OLD."Zip Code"
    FROM old_rows AS OLD
    WHERE (OLD."status" = 'new') AND ((OLD."weight" = 1) IS NOT TRUE);
    IF FOUND AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_parcelevent_selected_delete_02aef129"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_parcelevent_selected_delete_02aef129"() IS 'django-pghistory-ops, template 1, digest 3b1fa2b5e876892e';

CREATE TRIGGER "00_pgh_selected_delete"
    AFTER DELETE ON "public"."shop_parcel"
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_parcelevent_selected_delete_02aef129"();

COMMENT ON TRIGGER "00_pgh_selected_delete" ON "public"."shop_parcel" IS 'django-pghistory-ops, template 1, digest 850d690e0928e44d';

-- backwards

DROP TRIGGER "00_pgh_selected_delete" ON "public"."shop_parcel";

DROP FUNCTION "public"."pgh_shop_parcelevent_selected_delete_02aef129"();
