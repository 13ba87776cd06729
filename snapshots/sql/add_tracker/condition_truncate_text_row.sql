-- pghistory_ops.operations.AddTracker(
--     event_model='ParcelEvent',
--     tracker=pghistory_ops.trackers.DatabaseTracker('selected', condition=pghistory_ops.conditions.Condition("OLD.weight > 10\nAND OLD.status LIKE '%$insert$%'"), level=pgtrigger.Row, operation=pgtrigger.Truncate),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_parcelevent_selected_truncate_3f874a1a"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = off
AS $pgh$
DECLARE
    events bigint;
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'feature_not_supported',
            MESSAGE = format(
                'TRUNCATE of the tracked table %I.%I takes the isolation level READ COMMITTED',
                TG_TABLE_SCHEMA, TG_TABLE_NAME
            ),
            HINT = 'A stricter level hides rows that TRUNCATE removes. Use DELETE there.';
    END IF;
    EXECUTE format(
        $insert_$
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
            FROM %I.%I AS OLD
            WHERE
                OLD.weight > 10
                AND OLD.status LIKE '%%$insert$%%'
        $insert_$,
        TG_TABLE_SCHEMA,
        TG_TABLE_NAME
    );
    GET DIAGNOSTICS events = ROW_COUNT;
    IF events > 0 AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_parcelevent_selected_truncate_3f874a1a"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_parcelevent_selected_truncate_3f874a1a"() IS 'django-pghistory-ops, template 1, digest 8a58f1877be77c21';

CREATE TRIGGER "00_pgh_selected_truncate"
    BEFORE TRUNCATE ON "public"."shop_parcel"
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_parcelevent_selected_truncate_3f874a1a"();

COMMENT ON TRIGGER "00_pgh_selected_truncate" ON "public"."shop_parcel" IS 'django-pghistory-ops, template 1, digest 579cf5650647b9d1';

-- backwards

DROP TRIGGER "00_pgh_selected_truncate" ON "public"."shop_parcel";

DROP FUNCTION "public"."pgh_shop_parcelevent_selected_truncate_3f874a1a"();
