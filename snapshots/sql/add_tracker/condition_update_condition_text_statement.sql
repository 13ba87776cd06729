-- pghistory_ops.operations.AddTracker(
--     event_model='ParcelEvent',
--     tracker=pghistory_ops.trackers.DatabaseTracker('selected', condition=pghistory_ops.conditions.Condition('OLD."weight" < NEW."weight"'), level=pgtrigger.Statement, operation=pgtrigger.Update),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET enable_hashjoin = off
AS $pgh$
-- OLD and NEW are rows of the query here.
#variable_conflict use_column
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM old_rows LIMIT 2) AS few) = 1
        AND (SELECT count(*) FROM (SELECT FROM new_rows LIMIT 2) AS few) = 1
    THEN
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
        -- One row before and one after.
        FROM old_rows AS OLD, new_rows AS NEW
        WHERE OLD."weight" < NEW."weight";
    ELSE
        IF (SELECT count(*) FROM old_rows) <> (SELECT count(*) FROM new_rows) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'triggered_data_change_violation',
                MESSAGE = format(
                    'the old and new rows of an update of the tracked table %I.%I cannot be paired',
                    TG_TABLE_SCHEMA, TG_TABLE_NAME
                ),
                HINT = 'A trigger called off the move of a row to another partition.';
        END IF;
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
        -- The two rows of an update are at the same position of the transition tables.
        FROM (SELECT row_number() OVER () AS pgh_row, * FROM old_rows) AS OLD
        JOIN (SELECT row_number() OVER () AS pgh_row, * FROM new_rows) AS NEW
            USING (pgh_row)
        WHERE OLD."weight" < NEW."weight"
        ORDER BY pgh_row;
    END IF;
    IF FOUND AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"() IS 'django-pghistory-ops, template 1, digest d0fed0be51d5e32e';

CREATE TRIGGER "00_pgh_selected_update"
    AFTER UPDATE ON "public"."shop_parcel"
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"();

COMMENT ON TRIGGER "00_pgh_selected_update" ON "public"."shop_parcel" IS 'django-pghistory-ops, template 1, digest 26ef9eaac58d4151';

-- backwards

DROP TRIGGER "00_pgh_selected_update" ON "public"."shop_parcel";

DROP FUNCTION "public"."pgh_shop_parcelevent_selected_update_ee1f36e5"();
