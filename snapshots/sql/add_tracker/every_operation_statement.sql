-- pghistory_ops.operations.AddTracker(
--     event_model='OrderEvent',
--     tracker=pghistory_ops.trackers.DatabaseTracker('every_operation', level=pgtrigger.Statement, operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_orderevent_every_operation_insert_b5970c57"()
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_every_operation_insert_b5970c57"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_every_operation_insert_b5970c57"() IS 'django-pghistory-ops, template 1, digest 2b7ad75912b3a5b8';

CREATE TRIGGER "00_pgh_every_operation_insert"
    AFTER INSERT ON "public"."shop_order"
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_every_operation_insert_b5970c57"();

COMMENT ON TRIGGER "00_pgh_every_operation_insert" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 5f3114350f152a5f';

CREATE FUNCTION "public"."pgh_shop_orderevent_every_operation_update_c1941868"()
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_every_operation_update_c1941868"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_every_operation_update_c1941868"() IS 'django-pghistory-ops, template 1, digest 2b7ad75912b3a5b8';

CREATE TRIGGER "00_pgh_every_operation_update"
    AFTER UPDATE ON "public"."shop_order"
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_every_operation_update_c1941868"();

COMMENT ON TRIGGER "00_pgh_every_operation_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 7e52a46dfefad6db';

CREATE FUNCTION "public"."pgh_shop_orderevent_every_operation_delete_c19f8b27"()
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_every_operation_delete_c19f8b27"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_every_operation_delete_c19f8b27"() IS 'django-pghistory-ops, template 1, digest 59427d87a32254f9';

CREATE TRIGGER "00_pgh_every_operation_delete"
    AFTER DELETE ON "public"."shop_order"
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_every_operation_delete_c19f8b27"();

COMMENT ON TRIGGER "00_pgh_every_operation_delete" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 850d690e0928e44d';

CREATE FUNCTION "public"."pgh_shop_orderevent_every_operation_truncate_60695627"()
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_every_operation_truncate_60695627"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_every_operation_truncate_60695627"() IS 'django-pghistory-ops, template 1, digest e388bfb29576c6d0';

CREATE TRIGGER "00_pgh_every_operation_truncate"
    BEFORE TRUNCATE ON "public"."shop_order"
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_every_operation_truncate_60695627"();

COMMENT ON TRIGGER "00_pgh_every_operation_truncate" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 579cf5650647b9d1';

-- backwards

DROP TRIGGER "00_pgh_every_operation_truncate" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_every_operation_truncate_60695627"();

DROP TRIGGER "00_pgh_every_operation_delete" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_every_operation_delete_c19f8b27"();

DROP TRIGGER "00_pgh_every_operation_update" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_every_operation_update_c1941868"();

DROP TRIGGER "00_pgh_every_operation_insert" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_every_operation_insert_b5970c57"();
