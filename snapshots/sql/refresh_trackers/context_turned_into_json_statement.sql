-- pghistory_ops.operations.RefreshTrackers(
--     event_model='OrderEvent',
-- )

-- forwards

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"()
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
        "pgh_context",
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
        'snapshot',
        NEW."id",
        (SELECT NULLIF(current_setting('pghistory_ops.context_metadata', true), '')::jsonb),
        (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
        NEW."id",
        NEW."customer_id",
        NEW."note",
        NEW."status",
        NEW."total",
        NEW."updated_at"
    FROM new_rows AS NEW;
    RETURN NULL;
END;
$pgh$;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"() IS 'django-pghistory-ops, template 1, digest c78a052def873e1d';

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"()
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
        INSERT INTO "public"."shop_orderevent" (
            "pgh_created_at",
            "pgh_label",
            "pgh_obj_id",
            "pgh_context",
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
            'snapshot',
            NEW."id",
            (SELECT NULLIF(current_setting('pghistory_ops.context_metadata', true), '')::jsonb),
            (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
            NEW."id",
            NEW."customer_id",
            NEW."note",
            NEW."status",
            NEW."total",
            NEW."updated_at"
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
        INSERT INTO "public"."shop_orderevent" (
            "pgh_created_at",
            "pgh_label",
            "pgh_obj_id",
            "pgh_context",
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
            'snapshot',
            NEW."id",
            (SELECT NULLIF(current_setting('pghistory_ops.context_metadata', true), '')::jsonb),
            (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
            NEW."id",
            NEW."customer_id",
            NEW."note",
            NEW."status",
            NEW."total",
            NEW."updated_at"
        -- The two rows of an update are at the same position of the transition tables.
        FROM (SELECT row_number() OVER () AS pgh_row, * FROM old_rows) AS OLD
        JOIN (SELECT row_number() OVER () AS pgh_row, * FROM new_rows) AS NEW
            USING (pgh_row)
        WHERE OLD.* *<> NEW.*
        ORDER BY pgh_row;
    END IF;
    RETURN NULL;
END;
$pgh$;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"() IS 'django-pghistory-ops, template 1, digest 72a4a3ca18d89e50';

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_after_truncate_truncate_784693ae"()
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
        $insert$
            INSERT INTO "public"."shop_orderevent" (
                "pgh_created_at",
                "pgh_label",
                "pgh_obj_id",
                "pgh_context",
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
                'after_truncate',
                OLD."id",
                (SELECT NULLIF(current_setting('pghistory_ops.context_metadata', true), '')::jsonb),
                (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
                OLD."id",
                OLD."customer_id",
                OLD."note",
                OLD."status",
                OLD."total",
                OLD."updated_at"
            FROM %I.%I AS OLD
        $insert$,
        TG_TABLE_SCHEMA,
        TG_TABLE_NAME
    );
    GET DIAGNOSTICS events = ROW_COUNT;
    RETURN NULL;
END;
$pgh$;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_after_truncate_truncate_784693ae"() IS 'django-pghistory-ops, template 1, digest 2bfaf34a5028b509';

-- backwards

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"()
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
        'snapshot',
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

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"() IS 'django-pghistory-ops, template 1, digest ad4d6e736e4c0944';

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"()
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
            'snapshot',
            NEW."id",
            (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
            NEW."id",
            NEW."customer_id",
            NEW."note",
            NEW."status",
            NEW."total",
            NEW."updated_at"
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
            'snapshot',
            NEW."id",
            (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
            NEW."id",
            NEW."customer_id",
            NEW."note",
            NEW."status",
            NEW."total",
            NEW."updated_at"
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

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"() IS 'django-pghistory-ops, template 1, digest 9b7be3c46a64507e';

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_after_truncate_truncate_784693ae"()
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
        $insert$
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
                'after_truncate',
                OLD."id",
                (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
                OLD."id",
                OLD."customer_id",
                OLD."note",
                OLD."status",
                OLD."total",
                OLD."updated_at"
            FROM %I.%I AS OLD
        $insert$,
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

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_after_truncate_truncate_784693ae"() IS 'django-pghistory-ops, template 1, digest f4aa2b0a6fbf7795';
