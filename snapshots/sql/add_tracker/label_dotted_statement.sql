-- pghistory_ops.operations.AddTracker(
--     event_model='ThingEvent',
--     tracker=pghistory_ops.trackers.Snapshot('order.Paid', level=pgtrigger.Statement),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_thingevent_order.Paid_insert_ae5d32f1"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
-- OLD and NEW are rows of the query here.
#variable_conflict use_column
BEGIN
    INSERT INTO "public"."shop_thingevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id"
    )
    SELECT
        clock_timestamp(),
        'order.Paid',
        NEW."id",
        (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
        NEW."id"
    FROM new_rows AS NEW;
    IF FOUND AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_thingevent_order.Paid_insert_ae5d32f1"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_thingevent_order.Paid_insert_ae5d32f1"() IS 'django-pghistory-ops, template 1, digest 75b5a720bf5d4992';

CREATE TRIGGER "00_pgh_order.Paid_insert"
    AFTER INSERT ON "public"."shop_thing"
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_thingevent_order.Paid_insert_ae5d32f1"();

COMMENT ON TRIGGER "00_pgh_order.Paid_insert" ON "public"."shop_thing" IS 'django-pghistory-ops, template 1, digest 5f3114350f152a5f';

CREATE FUNCTION "public"."pgh_shop_thingevent_order.Paid_update_60ccada9"()
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
        INSERT INTO "public"."shop_thingevent" (
            "pgh_created_at",
            "pgh_label",
            "pgh_obj_id",
            "pgh_context_id",
            "id"
        )
        SELECT
            clock_timestamp(),
            'order.Paid',
            NEW."id",
            (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
            NEW."id"
        -- One row before and one after.
        FROM old_rows AS OLD, new_rows AS NEW
        WHERE OLD.* *<> NEW.*;
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
        INSERT INTO "public"."shop_thingevent" (
            "pgh_created_at",
            "pgh_label",
            "pgh_obj_id",
            "pgh_context_id",
            "id"
        )
        SELECT
            clock_timestamp(),
            'order.Paid',
            NEW."id",
            (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
            NEW."id"
        -- The two rows of an update are at the same position of the transition tables.
        FROM (SELECT row_number() OVER () AS pgh_row, * FROM old_rows) AS OLD
        JOIN (SELECT row_number() OVER () AS pgh_row, * FROM new_rows) AS NEW
            USING (pgh_row)
        WHERE OLD.* *<> NEW.*
        ORDER BY pgh_row;
    END IF;
    IF FOUND AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_thingevent_order.Paid_update_60ccada9"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_thingevent_order.Paid_update_60ccada9"() IS 'django-pghistory-ops, template 1, digest 86fdbb02bf001427';

CREATE TRIGGER "00_pgh_order.Paid_update"
    AFTER UPDATE ON "public"."shop_thing"
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_thingevent_order.Paid_update_60ccada9"();

COMMENT ON TRIGGER "00_pgh_order.Paid_update" ON "public"."shop_thing" IS 'django-pghistory-ops, template 1, digest 26ef9eaac58d4151';

-- backwards

DROP TRIGGER "00_pgh_order.Paid_update" ON "public"."shop_thing";

DROP FUNCTION "public"."pgh_shop_thingevent_order.Paid_update_60ccada9"();

DROP TRIGGER "00_pgh_order.Paid_insert" ON "public"."shop_thing";

DROP FUNCTION "public"."pgh_shop_thingevent_order.Paid_insert_ae5d32f1"();
