-- pghistory_ops.operations.AddTracker(
--     event_model='User_groupsEvent',
--     tracker=pghistory_ops.trackers.Snapshot(),
-- )

-- forwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

CREATE FUNCTION "public"."pgh_shop_user_groupsevent_snapshot_insert_5e8a61b6"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
-- OLD and NEW are rows of the query here.
#variable_conflict use_column
BEGIN
    INSERT INTO "public"."shop_user_groupsevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id",
        "group_id",
        "user_id"
    )
    SELECT
        clock_timestamp(),
        'snapshot',
        NEW."id",
        (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
        NEW."id",
        NEW."group_id",
        NEW."user_id"
    FROM new_rows AS NEW;
    IF FOUND AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_user_groupsevent_snapshot_insert_5e8a61b6"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_user_groupsevent_snapshot_insert_5e8a61b6"() IS 'django-pghistory-ops, template 1, digest 1a3e055a97b11afc';

CREATE TRIGGER "00_pgh_snapshot_insert"
    AFTER INSERT ON "public"."auth_user_groups"
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_user_groupsevent_snapshot_insert_5e8a61b6"();

COMMENT ON TRIGGER "00_pgh_snapshot_insert" ON "public"."auth_user_groups" IS 'django-pghistory-ops, template 1, digest 5f3114350f152a5f';

CREATE FUNCTION "public"."pgh_shop_user_groupsevent_snapshot_update_f2eb31ec"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "public"."shop_user_groupsevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id",
        "group_id",
        "user_id"
    )
    VALUES (
        clock_timestamp(),
        'snapshot',
        NEW."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        NEW."id",
        NEW."group_id",
        NEW."user_id"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_user_groupsevent_snapshot_update_f2eb31ec"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_user_groupsevent_snapshot_update_f2eb31ec"() IS 'django-pghistory-ops, template 1, digest 5d4145238b38e441';

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE TRIGGER "00_pgh_snapshot_update"
    AFTER UPDATE ON "public"."auth_user_groups"
    FOR EACH ROW
    WHEN (OLD.* *<> NEW.*)
    EXECUTE FUNCTION "public"."pgh_shop_user_groupsevent_snapshot_update_f2eb31ec"();

COMMENT ON TRIGGER "00_pgh_snapshot_update" ON "public"."auth_user_groups" IS 'django-pghistory-ops, template 1, digest 63163da2a1f0fb96';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);

-- backwards

DROP TRIGGER "00_pgh_snapshot_update" ON "public"."auth_user_groups";

DROP FUNCTION "public"."pgh_shop_user_groupsevent_snapshot_update_f2eb31ec"();

DROP TRIGGER "00_pgh_snapshot_insert" ON "public"."auth_user_groups";

DROP FUNCTION "public"."pgh_shop_user_groupsevent_snapshot_insert_5e8a61b6"();
