-- pghistory_ops.operations.AddTracker(
--     event_model='OrderEvent',
--     tracker=pghistory_ops.trackers.BeforeUpdate(level=pgtrigger.Row),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_orderevent_before_update_update_cbac2e36"()
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
        'before_update',
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
    RETURN NULL;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_before_update_update_cbac2e36"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_before_update_update_cbac2e36"() IS 'django-pghistory-ops, template 1, digest b0c7798632d43f7d';

CREATE TRIGGER "00_pgh_before_update_update"
    AFTER UPDATE ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_before_update_update_cbac2e36"();

COMMENT ON TRIGGER "00_pgh_before_update_update" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest 57f10c879be9b5b0';

-- backwards

DROP TRIGGER "00_pgh_before_update_update" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_before_update_update_cbac2e36"();
