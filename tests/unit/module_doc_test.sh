#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The module's reference is the module's: what a script or an operator can use
# is all there, with its own section, and nothing else is; the README has been
# made from it ("make module-readme").
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

# names KIND FILES EXPRESSION PATTERN: what a sed expression finds in the code
# is what another finds in the README
names() {
	# shellcheck disable=SC2086
	sed -n "s/^[	 ]*$3.*/\\1/p" $2 | sort -u > "$dir/code"
	sed -n "s/$4/\\1/p" "$module/README" | sort -u > "$dir/doc"
	same "$dir/code" "$dir/doc" "the reference has each $1, and no other"
	[ -s "$dir/code" ] || echo "# none was found in $2"
}

glue=$module/glue
names parameter "$glue/traversal_mod.c" '{"\([a-z_]*\)", PARAM_' \
	'^3\.[0-9]*\. \([a-z_]*\) (.*)$'
names function "$glue/functions.c" '{"\(traversal_[a-z_]*\)", w_' \
	'^4\.[0-9]*\. \([a-z_]*\)(.*)$'
names "KEMI function" "$glue/functions.c" 'KEMI("\([a-z_]*\)"' \
	'.*KSR\.traversal\.\([a-z_]*\).*'
names "RPC command" "$glue/rpc_call.c $glue/rpc_register.c" \
	'{"\(traversal\.[a-z]*\)", cmd_' '^7\.[0-9]*\. \(traversal\.[a-z]*\)$'

echo "1..$n"
