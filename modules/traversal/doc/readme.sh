#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The module's README, from doc/*.xml, as Kamailio makes its modules':
#
#	modules/traversal/doc/readme.sh > modules/traversal/README
#
# "make module-readme" does it. With --statistics: the section of counters,
# traversal_stats.xml, from glue/stats.h.
set -eu
cd "$(dirname "$0")"

statistics() {
	cat <<-END
	<?xml version="1.0" encoding="UTF-8"?>
	<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
	<!-- made from glue/stats.h by readme.sh -->
	<variablelist>
	END
	# shellcheck disable=SC2016
	sed -n '/define STATS_TABLE/,/^$/p' ../glue/stats.h |
		tr -d '\\\n\t' | sed 's/"  *"//g; s/  *X(/\nX(/g' |
		sed -n 's/^X(\([a-z_]*\), *"\(.*\)").*/\1|\2/p' |
		while IFS='|' read -r name text; do
			printf '<varlistentry><term>traversal.%s</term>\n' "$name"
			printf '<listitem><para>%s</para></listitem></varlistentry>\n' \
				"$text"
		done
	echo '</variablelist>'
}

if [ "${1-}" = --statistics ]; then
	statistics
	exit
fi

page=$(mktemp)
trap 'rm -f "$page"' EXIT
xsltproc --nonet --novalid --xinclude readme.xsl traversal.xml > "$page"
lynx -force_html -nolist -dump -width=80 -assume_charset=utf-8 \
	-display_charset=utf-8 "$page" | sed 's/[ 	]*$//' |
	awk 'NF { for (; blank; blank--) if (seen) print ""; print; seen = 1 }
		!NF { blank = 1 }'
