-- pghistory_ops.operations.AddTracker(
--     event_model='OrderEvent',
--     tracker=pghistory_ops.trackers.AfterInsertOrUpdate(),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_orderevent_after_insert_or_update_insert_cdec8689"()
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
        'after_insert_or_update',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_after_insert_or_update_insert_cdec8689"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_after_insert_or_update_insert_cdec8689"() IS 'django-pghistory-ops, template 1, digest 18ba7779484691c4';

CREATE TRIGGER "00_pgh_after_insert_or_update_insert"
    AFTER INSERT ON "public"."shop_order"
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_after_insert_or_update_insert_cdec8689"();

COMMENT ON TRIGGER "00_pgh_after_insert_or_update_insert" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 5f3114350f152a5f';

CREATE FUNCTION "public"."pgh_shop_orderevent_after_insert_or_update_update_4c346dec"()
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
        'after_insert_or_update',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_after_insert_or_update_update_4c346dec"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_after_insert_or_update_update_4c346dec"() IS 'django-pghistory-ops, template 1, digest 3501fa9bf69828c2';

CREATE TRIGGER "00_pgh_after_insert_or_update_update"
    AFTER UPDATE ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_after_insert_or_update_update_4c346dec"();

COMMENT ON TRIGGER "00_pgh_after_insert_or_update_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 57f10c879be9b5b0';

-- backwards

DROP TRIGGER "00_pgh_after_insert_or_update_update" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_after_insert_or_update_update_4c346dec"();

DROP TRIGGER "00_pgh_after_insert_or_update_insert" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_after_insert_or_update_insert_cdec8689"();
