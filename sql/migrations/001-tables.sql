-- SPDX-License-Identifier: GPL-2.0-or-later
-- Registrations with their contacts, calls with their media flows, the media
-- sessions to open again after a restart, and the audit. Every time is an
-- integer: milliseconds since 1970, UTC; NULL where it is not known.

CREATE TABLE registrations (
	id          INTEGER PRIMARY KEY,
	kind        TEXT NOT NULL CHECK (kind IN ('sip', 'h323')),
	alias       TEXT NOT NULL,  -- alice@example.com, 5551234, an h323-ID
	alias_type  TEXT,           -- aor, dialledDigits, h323-ID ...
	first_seen  INTEGER,
	UNIQUE (kind, alias)
) STRICT;

-- What seldom changes of a contact; what each refresh changes is in refreshes.
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

-- Small rows and no other index, so that a refresh dirties one page which it
-- shares with many others. digest stands for all of the contact's other
-- columns: where it is the same, only this row is written.
CREATE TABLE refreshes (
	contact    INTEGER PRIMARY KEY
	           REFERENCES contacts (id) ON DELETE CASCADE,
	digest     INTEGER NOT NULL,
	expires    INTEGER,  -- NULL: never
	last_seen  INTEGER,
	cseq       INTEGER NOT NULL,
	call_id    TEXT
) STRICT;

-- A registration exists as long as it has a contact.
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

-- What one party sent on one stream
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

-- A media session as its owner holds it
CREATE TABLE sessions (
	id       TEXT NOT NULL PRIMARY KEY,
	owner    TEXT NOT NULL,  -- traversal, h323gw
	relay    TEXT,
	call     TEXT,
	state    TEXT,  -- the owner's own
	updated  INTEGER
) STRICT;

-- Who did what to what, and how it went
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
