-- pghistory_ops.operations.AddTracker(
--     event_model='UserEvent',
--     tracker=pghistory_ops.trackers.Snapshot(),
-- )

-- forwards

SELECT set_config('pghistory_ops.search_path', current_setting('search_path'), true);

CREATE FUNCTION "public"."pgh_shop_userevent_snapshot_insert_efbd9434"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
-- OLD and NEW are rows of the query here.
#variable_conflict use_column
BEGIN
    INSERT INTO "public"."shop_userevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id",
        "date_joined",
        "email",
        "first_name",
        "is_active",
        "is_staff",
        "is_superuser",
        "last_login",
        "last_name",
        "password",
        "username"
    )
    SELECT
        clock_timestamp(),
        'snapshot',
        NEW."id",
        (SELECT NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid),
        NEW."id",
        NEW."date_joined",
        NEW."email",
        NEW."first_name",
        NEW."is_active",
        NEW."is_staff",
        NEW."is_superuser",
        NEW."last_login",
        NEW."last_name",
        NEW."password",
        NEW."username"
    FROM new_rows AS NEW;
    IF FOUND AND current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_userevent_snapshot_insert_efbd9434"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_userevent_snapshot_insert_efbd9434"() IS 'django-pghistory-ops, template 1, digest 6e4d64987486cc9f';

CREATE TRIGGER "00_pgh_snapshot_insert"
    AFTER INSERT ON "public"."auth_user"
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_userevent_snapshot_insert_efbd9434"();

COMMENT ON TRIGGER "00_pgh_snapshot_insert" ON "public"."auth_user" IS 'django-pghistory-ops, template 1, digest 5f3114350f152a5f';

CREATE FUNCTION "public"."pgh_shop_userevent_snapshot_update_1445a0f9"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "public"."shop_userevent" (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "pgh_context_id",
        "id",
        "date_joined",
        "email",
        "first_name",
        "is_active",
        "is_staff",
        "is_superuser",
        "last_login",
        "last_name",
        "password",
        "username"
    )
    VALUES (
        clock_timestamp(),
        'snapshot',
        NEW."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        NEW."id",
        NEW."date_joined",
        NEW."email",
        NEW."first_name",
        NEW."is_active",
        NEW."is_staff",
        NEW."is_superuser",
        NEW."last_login",
        NEW."last_name",
        NEW."password",
        NEW."username"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_userevent_snapshot_update_1445a0f9"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_userevent_snapshot_update_1445a0f9"() IS 'django-pghistory-ops, template 1, digest 99011bc675a46c0a';

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE TRIGGER "00_pgh_snapshot_update"
    AFTER UPDATE ON "public"."auth_user"
    FOR EACH ROW
    WHEN (OLD.* *<> NEW.*)
    EXECUTE FUNCTION "public"."pgh_shop_userevent_snapshot_update_1445a0f9"();

COMMENT ON TRIGGER "00_pgh_snapshot_update" ON "public"."auth_user" IS 'django-pghistory-ops, template 1, digest 63163da2a1f0fb96';

SELECT set_config('search_path', current_setting('pghistory_ops.search_path'), true);

-- backwards

DROP TRIGGER "00_pgh_snapshot_update" ON "public"."auth_user";

DROP FUNCTION "public"."pgh_shop_userevent_snapshot_update_1445a0f9"();

DROP TRIGGER "00_pgh_snapshot_insert" ON "public"."auth_user";

DROP FUNCTION "public"."pgh_shop_userevent_snapshot_insert_efbd9434"();
