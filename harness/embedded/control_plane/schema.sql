-- The platform database of a lane. Tables, columns and constraints are those of NoETL 4.12.0 (spec: noetl-python 5).
-- Two things are simpler here: noetl.event and noetl.command are plain tables, not partitioned ones (same columns, same
-- primary keys), and ids come from the control plane process, so there is no noetl.snowflake_id().

CREATE SCHEMA IF NOT EXISTS noetl;

CREATE TABLE IF NOT EXISTS noetl.resource (
    name varchar PRIMARY KEY,
    meta jsonb
);
INSERT INTO noetl.resource (name)
VALUES ('playbook'), ('agent'), ('credential'), ('mcp'), ('memory')
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS noetl.catalog (
    catalog_id    bigint PRIMARY KEY,
    path          text NOT NULL,
    version       smallint NOT NULL,
    kind          varchar NOT NULL REFERENCES noetl.resource (name),
    content       text,
    layout        jsonb,
    payload       jsonb,
    meta          jsonb,
    created_at    timestamp NOT NULL DEFAULT now(),
    credential_id integer,
    UNIQUE (path, version)
);

CREATE TABLE IF NOT EXISTS noetl.event (
    execution_id        bigint,
    catalog_id          bigint NOT NULL REFERENCES noetl.catalog (catalog_id),
    event_id            bigint,
    parent_event_id     bigint,
    parent_execution_id bigint,
    created_at          timestamp NOT NULL DEFAULT now(),
    event_type          varchar,
    node_id             varchar,
    node_name           varchar,
    node_type           varchar,
    status              varchar,
    duration            double precision,
    context             jsonb,
    result              jsonb,
    meta                jsonb,
    error               text,
    current_index       integer,
    current_item        text,
    worker_id           varchar,
    distributed_state   varchar,
    context_key         varchar,
    context_value       text,
    trace_component     jsonb,
    stack_trace         text,
    tenant_id           text NOT NULL DEFAULT 'default',
    organization_id     text NOT NULL DEFAULT 'default',
    stream_id           text,
    stream_version      bigint,
    aggregate_id        text,
    aggregate_type      text,
    schema_name         text,
    schema_version      integer NOT NULL DEFAULT 1,
    event_time          timestamptz NOT NULL DEFAULT now(),
    ingest_time         timestamptz NOT NULL DEFAULT now(),
    producer            text,
    causation_id        text,
    correlation_id      text,
    idempotency_key     text,
    payload_ref         jsonb,
    envelope_checksum   text,
    command_id          bigint,
    stage_id            bigint,
    frame_id            bigint,
    PRIMARY KEY (execution_id, event_id),
    CONSTRAINT chk_event_result_shape CHECK (
        result IS NULL
        OR CASE jsonb_typeof(result)
            WHEN 'object' THEN
                coalesce(jsonb_typeof(result -> 'status') = 'string', false)
                AND coalesce(jsonb_typeof(result -> 'reference'), 'object') = 'object'
                AND coalesce(jsonb_typeof(result -> 'context'), 'object') = 'object'
                AND result - ARRAY ['status', 'reference', 'context'] = '{}'
            ELSE false
        END
    )
);
CREATE INDEX IF NOT EXISTS event_by_type ON noetl.event (execution_id, event_type, event_id DESC);
CREATE INDEX IF NOT EXISTS event_by_parent ON noetl.event (parent_execution_id) WHERE parent_execution_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS event_by_batch ON noetl.event ((meta ->> 'batch_request_id'), event_id DESC)
    WHERE node_name = 'events.batch';
CREATE OR REPLACE VIEW noetl.event_log AS SELECT * FROM noetl.event;

CREATE TABLE IF NOT EXISTS noetl.command (
    command_id          bigint NOT NULL,
    event_id            bigint NOT NULL,
    execution_id        bigint NOT NULL,
    catalog_id          bigint NOT NULL,
    parent_execution_id bigint,
    parent_command_id   bigint,
    step_name           text NOT NULL,
    tool_kind           text,
    status              text NOT NULL DEFAULT 'PENDING',
    worker_id           text,
    claimed_at          timestamptz,
    started_at          timestamptz,
    completed_at        timestamptz,
    attempt             integer NOT NULL DEFAULT 1,
    context             jsonb,
    context_key         text,
    loop_event_id       text,
    iter_index          integer,
    meta                jsonb,
    result              jsonb,
    error               text,
    latest_event_id     bigint,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    stage_id            bigint,
    frame_id            bigint,
    PRIMARY KEY (execution_id, command_id)
);
CREATE INDEX IF NOT EXISTS command_by_event ON noetl.command (event_id);
CREATE INDEX IF NOT EXISTS command_by_id ON noetl.command (command_id);
CREATE INDEX IF NOT EXISTS command_open ON noetl.command (status) WHERE status IN ('PENDING', 'CLAIMED', 'RUNNING');

CREATE TABLE IF NOT EXISTS noetl.execution (
    execution_id        bigint PRIMARY KEY,
    catalog_id          bigint NOT NULL REFERENCES noetl.catalog (catalog_id),
    parent_execution_id bigint,
    status              varchar NOT NULL,
    last_event_type     varchar,
    last_node_name      varchar,
    last_event_id       bigint,
    start_time          timestamptz,
    end_time            timestamptz,
    error               text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    state               jsonb
);

CREATE TABLE IF NOT EXISTS noetl.credential (
    id             bigint PRIMARY KEY,
    name           text NOT NULL UNIQUE,
    type           text NOT NULL,
    data_encrypted text NOT NULL,
    schema         jsonb,
    meta           jsonb,
    tags           text[],
    description    text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS noetl.keychain (
    cache_key           text PRIMARY KEY,
    keychain_name       text NOT NULL,
    catalog_id          bigint NOT NULL REFERENCES noetl.catalog (catalog_id),
    credential_type     text NOT NULL,
    cache_type          text NOT NULL CHECK (cache_type IN ('secret', 'token')),
    scope_type          text NOT NULL CHECK (scope_type IN ('local', 'global', 'shared')),
    execution_id        bigint,
    parent_execution_id bigint,
    data_encrypted      text NOT NULL,
    schema              jsonb,
    expires_at          timestamptz NOT NULL,
    created_at          timestamptz NOT NULL DEFAULT now(),
    accessed_at         timestamptz NOT NULL DEFAULT now(),
    access_count        integer DEFAULT 0,
    auto_renew          boolean DEFAULT false,
    renew_config        jsonb
);

CREATE TABLE IF NOT EXISTS noetl.runtime (
    runtime_id   bigint PRIMARY KEY,
    name         text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('worker_pool', 'server_api', 'broker')),
    uri          text,
    status       text NOT NULL,
    labels       jsonb,
    capabilities jsonb,
    capacity     integer,
    runtime      jsonb,
    heartbeat    timestamptz NOT NULL DEFAULT now(),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, name)
);

CREATE TABLE IF NOT EXISTS noetl.transient (
    execution_id bigint NOT NULL,
    var_name     text NOT NULL,
    var_type     text NOT NULL CHECK (var_type IN ('user_defined', 'step_result', 'computed', 'iterator_state')),
    var_value    jsonb NOT NULL,
    source_step  text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    accessed_at  timestamptz NOT NULL DEFAULT now(),
    access_count integer NOT NULL DEFAULT 0,
    expires_at   timestamptz,
    scope        text DEFAULT 'execution' CHECK (scope IN ('step', 'execution', 'workflow', 'permanent')),
    PRIMARY KEY (execution_id, var_name)
);

CREATE TABLE IF NOT EXISTS noetl.result_ref (
    ref_id                    bigint PRIMARY KEY,
    ref                       text NOT NULL UNIQUE,
    execution_id              bigint NOT NULL,
    parent_execution_id       bigint,
    name                      text NOT NULL,
    scope                     text NOT NULL CHECK (scope IN ('step', 'execution', 'workflow', 'permanent')),
    source_step               text,
    store_tier                text NOT NULL,
    physical_uri              text,
    content_type              text DEFAULT 'application/json',
    bytes_size                bigint DEFAULT 0,
    sha256                    text,
    compression               text DEFAULT 'none',
    created_at                timestamptz NOT NULL DEFAULT now(),
    expires_at                timestamptz,
    accessed_at               timestamptz DEFAULT now(),
    access_count              integer DEFAULT 0,
    preview                   jsonb,
    extracted                 jsonb,
    correlation               jsonb,
    meta                      jsonb,
    is_accumulated            boolean DEFAULT false,
    accumulation_index        integer,
    accumulation_manifest_ref text
);
CREATE INDEX IF NOT EXISTS result_by_execution ON noetl.result_ref (execution_id, name);

-- NoETL keeps the data of a reference outside PostgreSQL; a lane has nothing else that outlives a message.
CREATE TABLE IF NOT EXISTS noetl.result_data (
    ref  text PRIMARY KEY REFERENCES noetl.result_ref (ref) ON DELETE CASCADE,
    data jsonb NOT NULL
);
