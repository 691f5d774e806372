# SPDX-License-Identifier: GPL-2.0-or-later
# A group of additions, "[[ 2:" to "]]", as what it is on the wire (X.691 19.9):
# one addition, a SEQUENCE. asn1c would take its members for additions each.
/^-- / { print; next }
/\[\[ [0-9]+:/ { no = $2; sub(":", "", no); sub(/\[\[.*/, "group" no " SEQUENCE {") }
{ sub(/\]\]/, "} OPTIONAL"); print }
