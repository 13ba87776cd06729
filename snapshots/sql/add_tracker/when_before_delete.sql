-- pghistory_ops.operations.AddTracker(
--     event_model='OrderEvent',
--     tracker=pghistory_ops.trackers.DatabaseTracker('when_before_delete', operation=pgtrigger.Delete, snapshot='OLD', when=pgtrigger.Before),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_orderevent_when_before_delete_delete_25e64f7d"()
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
        'when_before_delete',
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

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_when_before_delete_delete_25e64f7d"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_when_before_delete_delete_25e64f7d"() IS 'django-pghistory-ops, template 1, digest f52266b12466af37';

CREATE TRIGGER "zz_pgh_when_before_delete_delete"
    BEFORE DELETE ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_when_before_delete_delete_25e64f7d"();

COMMENT ON TRIGGER "zz_pgh_when_before_delete_delete" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest b78eefa6c3427d99';

-- backwards

DROP TRIGGER "zz_pgh_when_before_delete_delete" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_when_before_delete_delete_25e64f7d"();
