-- SPDX-License-Identifier: GPL-2.0-or-later
-- The schema as version 3 leaves it. Made by tools/schema from
-- sql/migrations, which programs apply by themselves: do not edit.
PRAGMA application_id = 1347375956;
PRAGMA user_version = 3;

CREATE TABLE registrations (
	id          INTEGER PRIMARY KEY,
	kind        TEXT NOT NULL CHECK (kind IN ('sip', 'h323')),
	alias       TEXT NOT NULL,  -- alice@example.com, 5551234, an h323-ID
	alias_type  TEXT,           -- aor, dialledDigits, h323-ID ...
	first_seen  INTEGER,
	UNIQUE (kind, alias)
) STRICT;

CREATE TABLE contacts (
	id                   INTEGER PRIMARY KEY,
	registration         INTEGER NOT NULL
	                     REFERENCES registrations (id) ON DELETE CASCADE,
	kind                 TEXT NOT NULL CHECK (kind IN ('sip', 'h323')),
	contact              TEXT NOT NULL,  -- the host's id, unique in its kind
	call_signal_address  TEXT,  -- as the terminal claims it
	received             TEXT,  -- as seen: address:port
	transport            TEXT,  -- udp, tcp, tls, ws, wss
	agent                TEXT,  -- agent the terminal is behind
	path                 TEXT,  -- RFC 3327
	user_agent           TEXT,
	nat                  INTEGER NOT NULL CHECK (nat IN (0, 1)),
	q                    INTEGER CHECK (q BETWEEN 0 AND 1000),  -- q * 1000
	instance             TEXT,  -- +sip.instance (RFC 5626)
	reg_id               INTEGER NOT NULL,
	host_data            TEXT,  -- the host's own
	first_seen           INTEGER,
	UNIQUE (kind, contact)
) STRICT;

CREATE INDEX contacts_registration ON contacts (registration);

CREATE TABLE refreshes (
	contact    INTEGER PRIMARY KEY
	           REFERENCES contacts (id) ON DELETE CASCADE,
	digest     INTEGER NOT NULL,
	expires    INTEGER,  -- NULL: never
	last_seen  INTEGER,
	cseq       INTEGER NOT NULL,
	call_id    TEXT
) STRICT;

CREATE TRIGGER contacts_gone AFTER DELETE ON contacts
BEGIN
	DELETE FROM registrations WHERE id = OLD.registration
		AND NOT EXISTS (SELECT 1 FROM contacts
				WHERE registration = OLD.registration);
END;

CREATE TRIGGER contacts_moved AFTER UPDATE OF registration ON contacts
WHEN OLD.registration <> NEW.registration
BEGIN
	DELETE FROM registrations WHERE id = OLD.registration
		AND NOT EXISTS (SELECT 1 FROM contacts
				WHERE registration = OLD.registration);
END;

CREATE TABLE calls (
	id               TEXT NOT NULL PRIMARY KEY,  -- unique for ever
	kind             TEXT NOT NULL CHECK (kind IN ('sip', 'h323')),
	call_identifier  TEXT,  -- SIP Call-ID, H.225.0 callIdentifier
	caller           TEXT,
	callee           TEXT,
	caller_address   TEXT,  -- signalling, as seen
	callee_address   TEXT,
	caller_agent     TEXT,
	callee_agent     TEXT,
	started          INTEGER,
	answered         INTEGER,
	ended            INTEGER,  -- NULL: still going on
	end_reason       TEXT,  -- bye, cancel, busy, media-timeout ...
	end_code         INTEGER,  -- SIP status, Q.931 cause
	ended_by         TEXT   -- caller, callee, operator, server
) STRICT;

CREATE INDEX calls_active ON calls (started) WHERE ended IS NULL;

CREATE INDEX calls_started ON calls (started);

CREATE INDEX calls_call_identifier ON calls (call_identifier);

CREATE TABLE flows (
	call        TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
	session     TEXT NOT NULL,  -- the relay's session
	stream      INTEGER NOT NULL,  -- index of the m= line, of the channel
	sender      TEXT NOT NULL CHECK (sender IN ('caller', 'callee')),
	relay       TEXT,
	media       TEXT,  -- audio, video, image ...
	packets     INTEGER NOT NULL,  -- from the sender and passed on
	bytes       INTEGER NOT NULL,
	dropped     INTEGER NOT NULL,  -- refused by the latch or a limit
	lost        INTEGER NOT NULL,  -- missing sequence numbers
	latched     TEXT,  -- source address learnt
	latched_at  INTEGER,
	started     INTEGER,
	ended       INTEGER,
	PRIMARY KEY (call, session, stream, sender)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
	id       TEXT NOT NULL PRIMARY KEY,
	owner    TEXT NOT NULL,  -- traversal, h323gw
	relay    TEXT,
	call     TEXT,
	state    TEXT,  -- the owner's own
	updated  INTEGER
) STRICT;

CREATE TABLE audit (
	id      INTEGER PRIMARY KEY,
	at      INTEGER NOT NULL,
	actor   TEXT NOT NULL,  -- operator, traversal, an agent's id
	action  TEXT NOT NULL,  -- registration.remove ...
	object  TEXT,
	result  TEXT NOT NULL,  -- ok, or the error
	detail  TEXT
) STRICT;

CREATE INDEX audit_object ON audit (object);

CREATE VIEW active_registrations AS
SELECT
	r.alias,
	r.kind,
	c.call_signal_address AS contact,
	c.received,
	c.transport,
	c.agent,
	CASE c.nat WHEN 1 THEN 'yes' ELSE 'no' END AS nat,
	c.user_agent,
	f.expires / 1000 - unixepoch() AS seconds_left,
	datetime(c.first_seen / 1000, 'unixepoch', 'localtime') AS since,
	datetime(f.last_seen / 1000, 'unixepoch', 'localtime') AS last_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', f.expires / 1000, 'unixepoch')
		AS expires_utc
FROM registrations r
JOIN contacts c ON c.registration = r.id
JOIN refreshes f ON f.contact = c.id
WHERE f.expires IS NULL OR f.expires > unixepoch() * 1000
ORDER BY r.kind DESC, r.alias, f.last_seen DESC;

CREATE VIEW active_calls AS
SELECT
	caller,
	callee,
	CASE WHEN answered IS NULL THEN 'ringing' ELSE 'talking' END AS state,
	unixepoch() - coalesce(answered, started) / 1000 AS seconds,
	datetime(started / 1000, 'unixepoch', 'localtime') AS started,
	kind,
	caller_address,
	callee_address,
	caller_agent,
	callee_agent,
	id AS call,
	strftime('%Y-%m-%dT%H:%M:%SZ', started / 1000, 'unixepoch')
		AS started_utc
FROM calls
WHERE ended IS NULL
ORDER BY calls.started DESC;

CREATE VIEW call_history AS
SELECT
	datetime(started / 1000, 'unixepoch', 'localtime') AS started,
	caller,
	callee,
	CASE WHEN answered IS NULL THEN 'no' ELSE 'yes' END AS answered,
	(ended - answered + 500) / 1000 AS talk_seconds,
	(coalesce(answered, ended) - started + 500) / 1000 AS ring_seconds,
	end_reason,
	end_code,
	ended_by,
	kind,
	id AS call,
	strftime('%Y-%m-%dT%H:%M:%SZ', started / 1000, 'unixepoch')
		AS started_utc
FROM calls
WHERE ended IS NOT NULL
ORDER BY calls.started DESC;

CREATE VIEW call_media AS
SELECT
	c.caller,
	c.callee,
	f.sender,
	f.media,
	f.stream,
	f.packets,
	f.bytes,
	f.dropped,
	f.lost,
	round(100.0 * f.lost / nullif(f.packets + f.lost, 0), 2) AS lost_percent,
	(f.ended - f.started + 500) / 1000 AS seconds,
	round(8.0 * f.bytes / nullif(f.ended - f.started, 0), 1) AS kbit_per_s,
	f.latched,
	datetime(f.latched_at / 1000, 'unixepoch', 'localtime') AS latched_at,
	datetime(f.started / 1000, 'unixepoch', 'localtime') AS started,
	f.relay,
	f.call,
	f.session
FROM flows f
JOIN calls c ON c.id = f.call
ORDER BY c.started DESC, f.call, f.session, f.stream, f.sender DESC;

CREATE VIEW audit_trail AS
SELECT
	datetime(at / 1000, 'unixepoch', 'localtime') AS at,
	actor,
	action,
	object,
	result,
	detail,
	strftime('%Y-%m-%dT%H:%M:%SZ', at / 1000, 'unixepoch') AS at_utc
FROM audit
ORDER BY audit.id DESC;

CREATE TABLE secrets (
	id          INTEGER PRIMARY KEY,
	kind        TEXT NOT NULL CHECK (kind IN ('sip', 'h323')),
	alias       TEXT NOT NULL,
	alias_type  TEXT,
	sealed      TEXT NOT NULL,
	changed     INTEGER,
	UNIQUE (kind, alias)
) STRICT;
