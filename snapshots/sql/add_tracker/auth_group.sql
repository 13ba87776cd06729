-- pghistory_ops.operations.AddTracker(
--     event_model='GroupEvent',
--     tracker=pghistory_ops.trackers.Snapshot(),
-- )

-- forwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

CREATE FUNCTION "public"."pgh_shop_groupevent_snapshot_insert_b130e803"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
-- OLD and NEW are rows of the query here.
#variable_conflict use_column
BEGIN
    INSERT INTO "public"."shop_groupevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id",
        "name"
    )
    SELECT
        clock_timestamp(),
        'snapshot',
        NEW."id",
        (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
        NEW."id",
        NEW."name"
    FROM new_rows AS NEW;
    IF FOUND AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_groupevent_snapshot_insert_b130e803"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_groupevent_snapshot_insert_b130e803"() IS 'django-pghistory-ops, template 1, digest 045902f6ec544b6d';

CREATE TRIGGER "00_pgh_snapshot_insert"
    AFTER INSERT ON "public"."auth_group"
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_groupevent_snapshot_insert_b130e803"();

COMMENT ON TRIGGER "00_pgh_snapshot_insert" ON "public"."auth_group" IS 'django-pghistory-ops, template 1, digest 5f3114350f152a5f';

CREATE FUNCTION "public"."pgh_shop_groupevent_snapshot_update_72c72cef"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "public"."shop_groupevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id",
        "name"
    )
    VALUES (
        clock_timestamp(),
        'snapshot',
        NEW."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        NEW."id",
        NEW."name"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_groupevent_snapshot_update_72c72cef"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_groupevent_snapshot_update_72c72cef"() IS 'django-pghistory-ops, template 1, digest ed75eab028973247';

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE TRIGGER "00_pgh_snapshot_update"
    AFTER UPDATE ON "public"."auth_group"
    FOR EACH ROW
    WHEN (OLD.* *<> NEW.*)
    EXECUTE FUNCTION "public"."pgh_shop_groupevent_snapshot_update_72c72cef"();

COMMENT ON TRIGGER "00_pgh_snapshot_update" ON "public"."auth_group" IS 'django-pghistory-ops, template 1, digest 63163da2a1f0fb96';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);

-- backwards

DROP TRIGGER "00_pgh_snapshot_update" ON "public"."auth_group";

DROP FUNCTION "public"."pgh_shop_groupevent_snapshot_update_72c72cef"();

DROP TRIGGER "00_pgh_snapshot_insert" ON "public"."auth_group";

DROP FUNCTION "public"."pgh_shop_groupevent_snapshot_insert_b130e803"();
