-- pghistory_ops.operations.RemoveTracker(
--     event_model='OrderEvent',
--     label='when_before_update',
-- )

-- forwards

DROP TRIGGER "zz_pgh_when_before_update_update" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_when_before_update_update_d6583f28"();

-- backwards

CREATE FUNCTION "public"."pgh_shop_orderevent_when_before_update_update_d6583f28"()
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
        'when_before_update',
        OLD."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid,
        OLD."id",
        OLD."customer_id",
        OLD."note",
        OLD."status",
        OLD."total",
        OLD."updated_at"
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN NEW;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_when_before_update_update_d6583f28"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_when_before_update_update_d6583f28"() IS 'django-pghistory-ops, template 1, digest 678a99565087b453';

CREATE TRIGGER "zz_pgh_when_before_update_update"
    BEFORE UPDATE ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_when_before_update_update_d6583f28"();

COMMENT ON TRIGGER "zz_pgh_when_before_update_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest ebe785f68356c30c';
