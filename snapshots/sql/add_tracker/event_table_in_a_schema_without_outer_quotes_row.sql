-- pghistory_ops.operations.AddTracker(
--     event_model='ThingEvent',
--     tracker=pghistory_ops.trackers.Snapshot(level=pgtrigger.Row),
-- )

-- forwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

CREATE FUNCTION "Audit"."pgh_thing_snapshot_insert_fa2606c2"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "Audit"."thing" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id"
    )
    VALUES (
        clock_timestamp(),
        'snapshot',
        NEW."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        NEW."id"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "Audit"."pgh_thing_snapshot_insert_fa2606c2"() FROM PUBLIC;

COMMENT ON FUNCTION "Audit"."pgh_thing_snapshot_insert_fa2606c2"() IS 'django-pghistory-ops, template 1, digest 2766b551d66c1a19';

CREATE TRIGGER "00_pgh_snapshot_insert"
    AFTER INSERT ON "public"."shop_thing"
    FOR EACH ROW
    EXECUTE FUNCTION "Audit"."pgh_thing_snapshot_insert_fa2606c2"();

COMMENT ON TRIGGER "00_pgh_snapshot_insert" ON "public"."shop_thing" IS 'django-pghistory-ops, template 1, digest 46b6757b6a83fda6';

CREATE FUNCTION "Audit"."pgh_thing_snapshot_update_f4147e62"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "Audit"."thing" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id"
    )
    VALUES (
        clock_timestamp(),
        'snapshot',
        NEW."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        NEW."id"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "Audit"."pgh_thing_snapshot_update_f4147e62"() FROM PUBLIC;

COMMENT ON FUNCTION "Audit"."pgh_thing_snapshot_update_f4147e62"() IS 'django-pghistory-ops, template 1, digest 2766b551d66c1a19';

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE TRIGGER "00_pgh_snapshot_update"
    AFTER UPDATE ON "public"."shop_thing"
    FOR EACH ROW
    WHEN (OLD.* *<> NEW.*)
    EXECUTE FUNCTION "Audit"."pgh_thing_snapshot_update_f4147e62"();

COMMENT ON TRIGGER "00_pgh_snapshot_update" ON "public"."shop_thing" IS 'django-pghistory-ops, template 1, digest 63163da2a1f0fb96';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);

-- backwards

DROP TRIGGER "00_pgh_snapshot_update" ON "public"."shop_thing";

DROP FUNCTION "Audit"."pgh_thing_snapshot_update_f4147e62"();

DROP TRIGGER "00_pgh_snapshot_insert" ON "public"."shop_thing";

DROP FUNCTION "Audit"."pgh_thing_snapshot_insert_fa2606c2"();
