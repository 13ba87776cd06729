-- pghistory_ops.operations.AddTracker(
--     event_model='ThingEvent',
--     tracker=pghistory_ops.trackers.Snapshot('bezahlt – 支払い', level=pgtrigger.Row),
-- )

-- forwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

CREATE FUNCTION "public"."pgh_shop_thingevent_bezahlt – 支払い_insert_3fc3a9cb"()
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
        'bezahlt – 支払い',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_thingevent_bezahlt – 支払い_insert_3fc3a9cb"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_thingevent_bezahlt – 支払い_insert_3fc3a9cb"() IS 'django-pghistory-ops, template 1, digest 9e0dde2c466ad95e';

CREATE TRIGGER "00_pgh_bezahlt – 支払い_insert"
    AFTER INSERT ON "public"."shop_thing"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_thingevent_bezahlt – 支払い_insert_3fc3a9cb"();

COMMENT ON TRIGGER "00_pgh_bezahlt – 支払い_insert" ON "public"."shop_thing" IS 'django-pghistory-ops, template 1, digest 46b6757b6a83fda6';

CREATE FUNCTION "public"."pgh_shop_thingevent_bezahlt – 支払い_update_243750d2"()
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
        'bezahlt – 支払い',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_thingevent_bezahlt – 支払い_update_243750d2"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_thingevent_bezahlt – 支払い_update_243750d2"() IS 'django-pghistory-ops, template 1, digest 9e0dde2c466ad95e';

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE TRIGGER "00_pgh_bezahlt – 支払い_update"
    AFTER UPDATE ON "public"."shop_thing"
    FOR EACH ROW
    WHEN (OLD.* *<> NEW.*)
    EXECUTE FUNCTION "public"."pgh_shop_thingevent_bezahlt – 支払い_update_243750d2"();

COMMENT ON TRIGGER "00_pgh_bezahlt – 支払い_update" ON "public"."shop_thing" IS 'django-pghistory-ops, template 1, digest 63163da2a1f0fb96';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);

-- backwards

DROP TRIGGER "00_pgh_bezahlt – 支払い_update" ON "public"."shop_thing";

DROP FUNCTION "public"."pgh_shop_thingevent_bezahlt – 支払い_update_243750d2"();

DROP TRIGGER "00_pgh_bezahlt – 支払い_insert" ON "public"."shop_thing";

DROP FUNCTION "public"."pgh_shop_thingevent_bezahlt – 支払い_insert_3fc3a9cb"();
