#!/bin/sh
# One database; each service has a role and a schema of its own and sees no other.
set -eu
psql -v ON_ERROR_STOP=1 --username postgres -c "CREATE DATABASE mvoting"
for service in identity polls ballots tally notify; do
  psql -v ON_ERROR_STOP=1 --username postgres --dbname mvoting -v service="$service" -v password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE SCHEMA :"service" AUTHORIZATION :"service";
ALTER ROLE :"service" SET search_path = :"service";
SQL
done
psql -v ON_ERROR_STOP=1 --username postgres --dbname mvoting -c "REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE CONNECT ON DATABASE postgres FROM PUBLIC"
