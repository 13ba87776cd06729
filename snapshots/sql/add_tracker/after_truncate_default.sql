-- pghistory_ops.operations.AddTracker(
--     event_model='OrderEvent',
--     tracker=pghistory_ops.trackers.AfterTruncate(),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_orderevent_after_truncate_truncate_784693ae"()
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_after_truncate_truncate_784693ae"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_after_truncate_truncate_784693ae"() IS 'django-pghistory-ops, template 1, digest f4aa2b0a6fbf7795';

CREATE TRIGGER "00_pgh_after_truncate_truncate"
    BEFORE TRUNCATE ON "public"."shop_order"
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_after_truncate_truncate_784693ae"();

COMMENT ON TRIGGER "00_pgh_after_truncate_truncate" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 579cf5650647b9d1';

-- backwards

DROP TRIGGER "00_pgh_after_truncate_truncate" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_after_truncate_truncate_784693ae"();
