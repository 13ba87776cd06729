-- pghistory_ops.operations.AddTracker(
--     event_model='ParcelEvent',
--     tracker=pghistory_ops.trackers.DatabaseTracker('selected', condition=pghistory_ops.conditions.Condition('OLD.weight > 10'), level=pgtrigger.Row, operation=pgtrigger.Delete),
-- )

-- forwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

CREATE FUNCTION "public"."pgh_shop_parcelevent_selected_delete_02aef129"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
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
    VALUES (
        clock_timestamp(),
        'selected',
        OLD."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
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
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_parcelevent_selected_delete_02aef129"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_parcelevent_selected_delete_02aef129"() IS 'django-pghistory-ops, template 1, digest fe78134828ef5d6b';

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE TRIGGER "00_pgh_selected_delete"
    AFTER DELETE ON "public"."shop_parcel"
    FOR EACH ROW
    WHEN (OLD.weight > 10)
    EXECUTE FUNCTION "public"."pgh_shop_parcelevent_selected_delete_02aef129"();

COMMENT ON TRIGGER "00_pgh_selected_delete" ON "public"."shop_parcel" IS 'django-pghistory-ops, template 1, digest 081e357c1476cb85';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);

-- backwards

DROP TRIGGER "00_pgh_selected_delete" ON "public"."shop_parcel";

DROP FUNCTION "public"."pgh_shop_parcelevent_selected_delete_02aef129"();
