-- pghistory_ops.operations.AddTracker(
--     event_model='ParcelEvent',
--     tracker=pghistory_ops.trackers.DatabaseTracker('selected', condition=pghistory_ops.conditions.Q(('new__weight__in', [1, pghistory_ops.conditions.F('old__weight')])), level=pgtrigger.Row, operation=pgtrigger.Update),
-- )

-- forwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

CREATE FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"()
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
        NEW."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
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
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"() IS 'django-pghistory-ops, template 1, digest d0a3df129abb26b5';

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE TRIGGER "00_pgh_selected_update"
    AFTER UPDATE ON "public"."shop_parcel"
    FOR EACH ROW
    WHEN (NEW."weight" IN (1, OLD."weight"))
    EXECUTE FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"();

COMMENT ON TRIGGER "00_pgh_selected_update" ON "public"."shop_parcel" IS 'django-pghistory-ops, template 1, digest 3f7ac50246adcce2';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);

-- backwards

DROP TRIGGER "00_pgh_selected_update" ON "public"."shop_parcel";

DROP FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"();
