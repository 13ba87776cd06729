-- pghistory_ops.operations.AddTracker(
--     event_model='OrderEvent',
--     tracker=pghistory_ops.trackers.DatabaseTracker('gone', operation=pgtrigger.Delete, snapshot='OLD', when=pgtrigger.Before),
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_orderevent_gone_delete_fa46254d"()
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
        "pgh_context_id"
    )
    VALUES (
        clock_timestamp(),
        'gone',
        OLD."id",
        NULLIF(current_setting('pghistory_ops.context_id', true), '')::uuid
    );
    IF current_setting('pghistory_ops.context_pending', true) <> '' THEN
        PERFORM "public"."pghistory_ops_record_context"();
    END IF;
    RETURN OLD;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_gone_delete_fa46254d"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_gone_delete_fa46254d"() IS 'django-pghistory-ops, template 1, digest 943e2547d1d81cb4';

CREATE TRIGGER "zz_pgh_gone_delete"
    BEFORE DELETE ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_gone_delete_fa46254d"();

COMMENT ON TRIGGER "zz_pgh_gone_delete" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest b78eefa6c3427d99';

-- backwards

DROP TRIGGER "zz_pgh_gone_delete" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_gone_delete_fa46254d"();
