"""Our Postgres schema: made before the first migration, closed to others after each."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

# Supabase's Data API works as these; none of them has business with our tables.
API_ROLES = ("anon", "authenticated", "service_role")

# A function without grants of its own may be run by everybody: acldefault says so.
OPEN_TO_OTHERS = """
WITH things (kind, name, owner, acl) AS (
    SELECT 'SCHEMA', quote_ident(nspname), nspowner, nspacl
      FROM pg_namespace WHERE nspname = %(schema)s
    UNION ALL
    SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
           oid::regclass::text, relowner, relacl
      FROM pg_class
     WHERE relnamespace = to_regnamespace(quote_ident(%(schema)s))
       AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT 'ROUTINE', oid::regprocedure::text, proowner, coalesce(proacl, acldefault('f', proowner))
      FROM pg_proc
     WHERE pronamespace = to_regnamespace(quote_ident(%(schema)s))
)
SELECT DISTINCT kind, name, coalesce(quote_ident(rolname), 'PUBLIC')
  FROM things
 CROSS JOIN aclexplode(acl) AS granted
  LEFT JOIN pg_roles ON pg_roles.oid = granted.grantee
 WHERE pg_has_role(things.owner, 'USAGE')
   AND (granted.grantee = 0 OR rolname = ANY(%(roles)s))
"""


def make(connection: BaseDatabaseWrapper, schema: str) -> None:
    """Make the schema, unless it is there."""
    quoted = connection.ops.quote_name(schema)
    with connection.cursor() as cursor:
        # Asked first: a role that may not create schemas is fine where the schema is there.
        cursor.execute("SELECT to_regnamespace(%s) IS NULL", [quoted])
        if _first(cursor):
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted}")


def close_to_others(connection: BaseDatabaseWrapper, schema: str) -> None:
    """Take away what default privileges gave to everybody and to Supabase's Data API."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_TO_OTHERS, {"schema": schema, "roles": list(API_ROLES)})
        for kind, name, role in cursor.fetchall():
            cursor.execute(f"REVOKE ALL ON {kind} {name} FROM {role}")


def _first(cursor: CursorWrapper) -> object:
    row = cursor.fetchone()
    return row[0] if row else None
