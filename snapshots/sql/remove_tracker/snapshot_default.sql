-- pghistory_ops.operations.RemoveTracker(
--     event_model='OrderEvent',
--     label='snapshot',
-- )

-- forwards

DROP TRIGGER "00_pgh_snapshot_update" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"();

DROP TRIGGER "00_pgh_snapshot_insert" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"();

-- backwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

CREATE FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"()
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"() IS 'django-pghistory-ops, template 1, digest b5c411ed9ec00a55';

CREATE TRIGGER "00_pgh_snapshot_insert"
    AFTER INSERT ON "public"."shop_order"
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_826b0d79"();

COMMENT ON TRIGGER "00_pgh_snapshot_insert" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 5f3114350f152a5f';

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
        'snapshot',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"() IS 'django-pghistory-ops, template 1, digest 3f0bdd6e5fc6be53';

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE TRIGGER "00_pgh_snapshot_update"
    AFTER UPDATE ON "public"."shop_order"
    FOR EACH ROW
    WHEN (OLD.* *<> NEW.*)
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_snapshot_update_428014dd"();

COMMENT ON TRIGGER "00_pgh_snapshot_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 63163da2a1f0fb96';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);
