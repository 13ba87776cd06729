-- pghistory_ops.operations.AddTracker(
--     event_model='OrderEvent',
--     tracker=pghistory_ops.trackers.DatabaseTracker('gone', operation=pgtrigger.Delete, snapshot='OLD', when=pgtrigger.Before),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_order_history_gone_delete_2b2cdee9"()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "public"."order_history" (
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
        'gone',
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
    RETURN OLD;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_order_history_gone_delete_2b2cdee9"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_order_history_gone_delete_2b2cdee9"() IS 'django-pghistory-ops, template 1, digest 03ed13e7ead18a7a';

CREATE TRIGGER "zz_pgh_gone_delete"
    BEFORE DELETE ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_order_history_gone_delete_2b2cdee9"();

COMMENT ON TRIGGER "zz_pgh_gone_delete" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest b78eefa6c3427d99';

-- backwards

DROP TRIGGER "zz_pgh_gone_delete" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_order_history_gone_delete_2b2cdee9"();
