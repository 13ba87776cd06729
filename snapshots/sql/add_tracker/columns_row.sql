-- pghistory_ops.operations.AddTracker(
--     event_model='OrderEvent',
--     tracker=pghistory_ops.trackers.Snapshot(level=pgtrigger.Row),
-- )

-- forwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

CREATE FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "public"."shop_orderevent" (
        "pgh_created_at",
        "pgh_label",
        "Order Key",
        "request",
        "Order Status",
        "total"
    )
    VALUES (
        clock_timestamp(),
        'snapshot',
        NEW."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        NEW."status",
        NEW."total"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"() IS 'django-pghistory-ops, template 1, digest 381bf7e7d59f4b72';

CREATE TRIGGER "00_pgh_snapshot_insert"
    AFTER INSERT ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"();

COMMENT ON TRIGGER "00_pgh_snapshot_insert" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 46b6757b6a83fda6';

CREATE FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "public"."shop_orderevent" (
        "pgh_created_at",
        "pgh_label",
        "Order Key",
        "request",
        "Order Status",
        "total"
    )
    VALUES (
        clock_timestamp(),
        'snapshot',
        NEW."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        NEW."status",
        NEW."total"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"() IS 'django-pghistory-ops, template 1, digest 381bf7e7d59f4b72';

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE TRIGGER "00_pgh_snapshot_update"
    AFTER UPDATE ON "public"."shop_order"
    FOR EACH ROW
    WHEN (OLD.* *<> NEW.*)
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"();

COMMENT ON TRIGGER "00_pgh_snapshot_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 63163da2a1f0fb96';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);

-- backwards

DROP TRIGGER "00_pgh_snapshot_update" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"();

DROP TRIGGER "00_pgh_snapshot_insert" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"();
