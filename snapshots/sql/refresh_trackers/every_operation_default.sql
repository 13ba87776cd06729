-- pghistory_ops.operations.RefreshTrackers(
--     event_model='OrderEvent',
-- )

-- forwards

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_every_operation_insert_b5970c57"()
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
        "gift",
        "note",
        "status",
        "total",
        "updated_at"
    )
    SELECT
        clock_timestamp(),
        'every_operation',
        NEW."id",
        (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
        NEW."id",
        NEW."customer_id",
        NEW."gift",
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

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_every_operation_insert_b5970c57"() IS 'django-pghistory-ops, template 1, digest d123ae5856a755e3';

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_every_operation_update_c1941868"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "public"."shop_orderevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id",
        "customer_id",
        "gift",
        "note",
        "status",
        "total",
        "updated_at"
    )
    VALUES (
        clock_timestamp(),
        'every_operation',
        NEW."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        NEW."id",
        NEW."customer_id",
        NEW."gift",
        NEW."note",
        NEW."status",
        NEW."total",
        NEW."updated_at"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_every_operation_update_c1941868"() IS 'django-pghistory-ops, template 1, digest e0d801820ddbb88d';

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_every_operation_delete_c19f8b27"()
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
        "gift",
        "note",
        "status",
        "total",
        "updated_at"
    )
    SELECT
        clock_timestamp(),
        'every_operation',
        OLD."id",
        (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
        OLD."id",
        OLD."customer_id",
        OLD."gift",
        OLD."note",
        OLD."status",
        OLD."total",
        OLD."updated_at"
    FROM old_rows AS OLD;
    IF FOUND AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_every_operation_delete_c19f8b27"() IS 'django-pghistory-ops, template 1, digest 2e4e10365deeab8b';

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_every_operation_truncate_60695627"()
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
                "gift",
                "note",
                "status",
                "total",
                "updated_at"
            )
            SELECT
                clock_timestamp(),
                'every_operation',
                OLD."id",
                (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
                OLD."id",
                OLD."customer_id",
                OLD."gift",
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

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_every_operation_truncate_60695627"() IS 'django-pghistory-ops, template 1, digest cd12365c2fd17d84';

-- backwards

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_every_operation_insert_b5970c57"()
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
        'every_operation',
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

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_every_operation_insert_b5970c57"() IS 'django-pghistory-ops, template 1, digest 2b7ad75912b3a5b8';

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_every_operation_update_c1941868"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
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
    VALUES (
        clock_timestamp(),
        'every_operation',
        NEW."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        NEW."id",
        NEW."customer_id",
        NEW."note",
        NEW."status",
        NEW."total",
        NEW."updated_at"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_every_operation_update_c1941868"() IS 'django-pghistory-ops, template 1, digest ac397b4c6a8e8464';

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_every_operation_delete_c19f8b27"()
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
        'every_operation',
        OLD."id",
        (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
        OLD."id",
        OLD."customer_id",
        OLD."note",
        OLD."status",
        OLD."total",
        OLD."updated_at"
    FROM old_rows AS OLD;
    IF FOUND AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_every_operation_delete_c19f8b27"() IS 'django-pghistory-ops, template 1, digest 59427d87a32254f9';

CREATE OR REPLACE FUNCTION "public"."pgh_shop_orderevent_every_operation_truncate_60695627"()
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
                'every_operation',
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

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_every_operation_truncate_60695627"() IS 'django-pghistory-ops, template 1, digest e388bfb29576c6d0';
