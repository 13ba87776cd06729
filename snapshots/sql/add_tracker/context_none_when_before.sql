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
        OLD."id",
        OLD."customer_id",
        OLD."note",
        OLD."status",
        OLD."total",
        OLD."updated_at"
    );
    RETURN OLD;
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_gone_delete_fa46254d"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_gone_delete_fa46254d"() IS 'django-pghistory-ops, template 1, digest cb550b0328a594f2';

CREATE TRIGGER "zz_pgh_gone_delete"
    BEFORE DELETE ON "public"."shop_order"
    FOR EACH ROW
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_gone_delete_fa46254d"();

COMMENT ON TRIGGER "zz_pgh_gone_delete" ON "public"."shop_order" IS 'django-pghistory-ops, template 1, digest b78eefa6c3427d99';

-- backwards

DROP TRIGGER "zz_pgh_gone_delete" ON "public"."shop_order";

DROP FUNCTION "public"."pgh_shop_orderevent_gone_delete_fa46254d"();
