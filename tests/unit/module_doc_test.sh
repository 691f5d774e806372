#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The module's reference is the module's: its counters are all there, and the
# README has been made from it ("make module-readme").
set -u
: "${top_srcdir:=.}"
module=$top_srcdir/modules/traversal
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

if ! command -v xsltproc > "$dir/out" || ! command -v lynx > "$dir/out" ||
	! [ -d /usr/share/xml/docbook/stylesheet/docbook-xsl ]; then
	echo "1..0 # SKIP xsltproc, lynx or docbook-xsl is missing: run tools/setup"
	exit 0
fi

n=0
same() {
	n=$((n + 1))
	if diff "$1" "$2" > "$dir/diff"; then
		echo "ok $n - $3"
	else
		sed 's/^/# /' "$dir/diff"
		echo "not ok $n - $3"
	fi
}

"$module/doc/readme.sh" --statistics > "$dir/traversal_stats.xml"
same "$module/doc/traversal_stats.xml" "$dir/traversal_stats.xml" \
	"doc/traversal_stats.xml has the counters of glue/stats.h"
"$module/doc/readme.sh" > "$dir/README"
same "$module/README" "$dir/README" "README is made from doc/"

echo "1..$n"
