#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every query that doc/store.md shows runs on the schema as it is, and every
# column of a view stands in its table of views.
set -u
: "${top_srcdir:=.}"
doc=$top_srcdir/doc/store.md
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
db=$dir/registrations.db
n=0

result() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

sqlite3 -bail "$db" ".read $top_srcdir/sql/schema.sql"
result $? "schema.sql runs"

awk -v dir="$dir" '
	/^```sql/ { file = sprintf("%s/query-%02d.sql", dir, ++n); next }
	/^```/ { file = "" }
	file { print > file }' "$doc"

for query in "$dir"/query-*.sql; do
	sqlite3 -bail "$db" < "$query" > "$dir/out" 2>&1
	status=$?
	sed 's/^/# /' "$dir/out"
	result $status "$(head -n 1 "$query")"
done

missing=0
for column in $(sqlite3 "$db" "SELECT v.name || '.' || c.name
		FROM sqlite_schema v, pragma_table_info(v.name) c
		WHERE v.type = 'view'"); do
	grep "^| \`${column%%.*}\` |" "$doc" | grep -q "\`${column#*.}\`" || {
		echo "# $column is not described"
		missing=1
	}
done
result $missing "every column of every view is described"

echo "1..$n"
