-- pghistory_ops.operations.AlterEventModel(
--     name='OrderEvent',
--     append_only=True,
-- )

-- forwards

CREATE FUNCTION "public"."pgh_shop_orderevent_append_only_cbb936fe"()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = format(
            '%s of the append-only event table %I.%I is refused',
            TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        ),
        HINT = 'A migration with AlterEventModel(..., append_only=False) lifts the guard.';
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pgh_shop_orderevent_append_only_cbb936fe"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pgh_shop_orderevent_append_only_cbb936fe"() IS 'django-pghistory-ops, template 1, digest dd8590a2fcaad95e';

CREATE TRIGGER "pgh_append_only"
    BEFORE UPDATE OR DELETE OR TRUNCATE ON "shop_orderevent"
    FOR EACH STATEMENT
    EXECUTE FUNCTION "public"."pgh_shop_orderevent_append_only_cbb936fe"();

COMMENT ON TRIGGER "pgh_append_only" ON "shop_orderevent" IS 'django-pghistory-ops, template 1, digest 8dbe16c7aed61588';

-- backwards

DROP TRIGGER "pgh_append_only" ON "shop_orderevent";

DROP FUNCTION "public"."pgh_shop_orderevent_append_only_cbb936fe"();
