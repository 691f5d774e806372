-- SPDX-License-Identifier: GPL-2.0-or-later
-- What terminals prove themselves with, sealed by the program that keeps it:
-- who reads this file has no password.

CREATE TABLE secrets (
	id          INTEGER PRIMARY KEY,
	kind        TEXT NOT NULL CHECK (kind IN ('sip', 'h323')),
	alias       TEXT NOT NULL,
	alias_type  TEXT,
	sealed      TEXT NOT NULL,
	changed     INTEGER,
	UNIQUE (kind, alias)
) STRICT;
