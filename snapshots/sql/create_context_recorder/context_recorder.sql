-- pghistory_ops.operations.context.CreateContextRecorder(
-- )

-- forwards

CREATE FUNCTION "public"."pghistory_ops_record_context"()
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgh$
BEGIN
    INSERT INTO "public"."pghistory_ops_context" AS recorded (
        "id", "parent_id", "root_id", "metadata", "created_at"
    )
    VALUES (
        current_setting('pghistory_ops.context_id')::uuid,
        NULLIF(current_setting('pghistory_ops.context_parent_id', true), '')::uuid,
        COALESCE(
            NULLIF(current_setting('pghistory_ops.context_root_id', true), ''),
            current_setting('pghistory_ops.context_id')
        )::uuid,
        current_setting('pghistory_ops.context_metadata')::jsonb,
        clock_timestamp()
    )
    ON CONFLICT ("id") DO UPDATE
    SET "metadata" = recorded."metadata" || EXCLUDED."metadata"
    WHERE recorded."metadata" IS DISTINCT FROM recorded."metadata" || EXCLUDED."metadata";
    PERFORM set_config('pghistory_ops.context_pending', '', true);
END;
$pgh$;

REVOKE ALL ON FUNCTION "public"."pghistory_ops_record_context"() FROM PUBLIC;

COMMENT ON FUNCTION "public"."pghistory_ops_record_context"() IS 'django-pghistory-ops, template 1, digest f986d7c0d7e619aa';

-- backwards

DROP FUNCTION "public"."pghistory_ops_record_context"();
