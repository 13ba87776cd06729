-- pghistory_ops.operations.AddTracker(
--     event_model='ThingEvent',
--     tracker=pghistory_ops.trackers.Snapshot(level=pgtrigger.Statement),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_thingevent_snapshot_insert_b2d0ba83"()
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
        'snapshot',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_thingevent_snapshot_insert_b2d0ba83"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_thingevent_snapshot_insert_b2d0ba83"() IS 'django-pghistory-ops, template 1, digest 948c1cc564ccad6f';

CREATE TRIGGER "00_pgh_snapshot_insert"
    AFTER INSERT ON "public"."100% %s %(thing)s"
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_thingevent_snapshot_insert_b2d0ba83"();

COMMENT ON TRIGGER "00_pgh_snapshot_insert" ON "public"."100% %s %(thing)s" IS 'django-pghistory-ops, template 1, digest 5f3114350f152a5f';

CREATE FUNCTION "public"."pgh_shop_thingevent_snapshot_update_e63e524f"()
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
            'snapshot',
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
            'snapshot',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_thingevent_snapshot_update_e63e524f"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_thingevent_snapshot_update_e63e524f"() IS 'django-pghistory-ops, template 1, digest fc84ff0a58a82e12';

CREATE TRIGGER "00_pgh_snapshot_update"
    AFTER UPDATE ON "public"."100% %s %(thing)s"
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_thingevent_snapshot_update_e63e524f"();

COMMENT ON TRIGGER "00_pgh_snapshot_update" ON "public"."100% %s %(thing)s" IS 'django-pghistory-ops, template 1, digest 26ef9eaac58d4151';

-- backwards

DROP TRIGGER "00_pgh_snapshot_update" ON "public"."100% %s %(thing)s";

DROP FUNCTION "public"."pgh_shop_thingevent_snapshot_update_e63e524f"();

DROP TRIGGER "00_pgh_snapshot_insert" ON "public"."100% %s %(thing)s";

DROP FUNCTION "public"."pgh_shop_thingevent_snapshot_insert_b2d0ba83"();
