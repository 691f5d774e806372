-- SPDX-License-Identifier: GPL-2.0-or-later
-- Views for people who type sqlite3: local times as text, the same in UTC
-- where the name ends in _utc, durations in seconds.

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
