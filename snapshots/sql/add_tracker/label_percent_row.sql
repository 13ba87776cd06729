-- pghistory_ops.operations.AddTracker(
--     event_model='ThingEvent',
--     tracker=pghistory_ops.trackers.Snapshot('100% %s {}', level=pgtrigger.Row),
-- )

-- forwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

CREATE FUNCTION "public"."pgh_shop_thingevent_100% %s {}_insert_8f098bee"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "public"."shop_thingevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id"
    )
    VALUES (
        clock_timestamp(),
        '100% %s {}',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_thingevent_100% %s {}_insert_8f098bee"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_thingevent_100% %s {}_insert_8f098bee"() IS 'django-pghistory-ops, template 1, digest 82b3bfd468619aac';

CREATE TRIGGER "00_pgh_100% %s {}_insert"
    AFTER INSERT ON "public"."shop_thing"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_thingevent_100% %s {}_insert_8f098bee"();

COMMENT ON TRIGGER "00_pgh_100% %s {}_insert" ON "public"."shop_thing" IS 'django-pghistory-ops, template 1, digest 46b6757b6a83fda6';

CREATE FUNCTION "public"."pgh_shop_thingevent_100% %s {}_update_b0dc99f4"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "public"."shop_thingevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id"
    )
    VALUES (
        clock_timestamp(),
        '100% %s {}',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_thingevent_100% %s {}_update_b0dc99f4"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_thingevent_100% %s {}_update_b0dc99f4"() IS 'django-pghistory-ops, template 1, digest 82b3bfd468619aac';

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE TRIGGER "00_pgh_100% %s {}_update"
    AFTER UPDATE ON "public"."shop_thing"
    FOR EACH ROW
    WHEN (OLD.* *<> NEW.*)
    EXECUTE FUNCTION "public"."pgh_shop_thingevent_100% %s {}_update_b0dc99f4"();

COMMENT ON TRIGGER "00_pgh_100% %s {}_update" ON "public"."shop_thing" IS 'django-pghistory-ops, template 1, digest 63163da2a1f0fb96';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);

-- backwards

DROP TRIGGER "00_pgh_100% %s {}_update" ON "public"."shop_thing";

DROP FUNCTION "public"."pgh_shop_thingevent_100% %s {}_update_b0dc99f4"();

DROP TRIGGER "00_pgh_100% %s {}_insert" ON "public"."shop_thing";

DROP FUNCTION "public"."pgh_shop_thingevent_100% %s {}_insert_8f098bee"();
