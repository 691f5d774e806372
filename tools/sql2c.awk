# SPDX-License-Identifier: GPL-2.0-or-later
# The numbered migrations as one C file: awk -f sql2c.awk 001-a.sql 002-b.sql
# The number that a file's name begins with is the version it leads to.

function fail(text) {
	print "sql2c: " text > "/dev/stderr"
	failed = 1
	exit 1
}

BEGIN {
	print "/* Generated from sql/migrations by tools/sql2c.awk */"
	print "#include \"store/sqlite/migrations.h\"\n"
	print "const struct migration store_migrations[] = {"
}

FNR == 1 {
	name = FILENAME
	sub(/.*\//, "", name)
	if (name !~ /^[0-9][0-9][0-9]-/)
		fail(FILENAME ": the name must begin with three digits and '-'")
	if (substr(name, 1, 3) + 0 != ++version)
		fail(FILENAME ": expected number " version)
	if (version > 1)
		print "\t},"
	printf "\t{%d, \"%s\",\n", version, name
}

{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\t/, "\\t")
	print "\t\"" $0 "\\n\""
}

END {
	if (failed)
		exit 1
	if (!version)
		fail("no migrations")
	print "\t},\n};\n"
	printf "const unsigned store_migration_count = %d;\n", version
}
