-- pghistory_ops.operations.AddTracker(
--     event_model='ParcelEvent',
--     tracker=pghistory_ops.trackers.DatabaseTracker('selected', condition=pghistory_ops.conditions.Q(('new__zip_code', '1010')), level=pgtrigger.Statement, operation=pgtrigger.Update),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"()
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
        NEW."id",
        (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
        NEW."id",
        NEW."address",
        NEW."created_at",
        NEW."data",
        NEW."due_on",
        NEW."due_time",
        NEW."is_express",
        NEW."order_id",
        NEW."photo",
        NEW."price",
        NEW."ratio",
        NEW."seen_at",
        NEW."status",
        NEW."token",
        NEW."transit",
        NEW."updated_at",
        NEW."weight",
        NEW."Zip Code"
    FROM new_rows AS NEW
    WHERE NEW."Zip Code" = '1010';
    IF FOUND AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"() IS 'django-pghistory-ops, template 1, digest 4cd0384fb0575694';

CREATE TRIGGER "00_pgh_selected_update"
    AFTER UPDATE ON "public"."shop_parcel"
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"();

COMMENT ON TRIGGER "00_pgh_selected_update" ON "public"."shop_parcel" IS 'django-pghistory-ops, template 1, digest 7e52a46dfefad6db';

-- backwards

DROP TRIGGER "00_pgh_selected_update" ON "public"."shop_parcel";

DROP FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"();
