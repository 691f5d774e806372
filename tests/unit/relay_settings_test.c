/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay_settings_test.c  The relay's configuration: defaults, errors, and
 * where they say it is wrong
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "relay/settings.h"


static void first_error(const char *text, void *arg)
{
	char *got = arg;

	if (!got[0])
		(void)snprintf(got, 256, "%s", text);
}


static void settings_errors(void **state)
{
	static const struct {
		const char *text, *words;
	} v[] = {
		{"", "there is no [interface default]"},
		{"[interface a]\n", "address"},
		{"[interface a]\naddress = here\n", "here"},
		{"[interface a]\naddress = 0.0.0.0\n", "0.0.0.0"},
		{"[interface a]\naddress = 192.0.2.1, 192.0.2.2\n",
		 "second address of its family"},
		{"[interface a]\naddress = 192.0.2.1\nadvertised = "
		 "2001:db8::1\n", "advertised"},
		{"[interface a]\naddress = 192.0.2.1\nports = 30001-30002\n",
		 "ports"},
		{"[interface a]\naddress = 192.0.2.1\nports = 80-99\n",
		 "ports"},
		{"[interface a]\naddress = 192.0.2.1\ndscp = 64\n", "dscp"},
		{"[interface a]\naddress = 192.0.2.1\n[interface b]\n"
		 "address = 192.0.2.1\n", "share ports"},
		{"[relay]\nmax_sessions = many\n[interface a]\naddress = "
		 "192.0.2.1\n", "max_sessions"},
		{"[relay]\nnonsense = 1\n[interface a]\naddress = "
		 "192.0.2.1\n", "nonsense"},
	};
	size_t i;
	(void)state;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct settings s;
		char got[256] = "";
		int err;

		err = settings_read_buf(&s, "r.conf", v[i].text,
					strlen(v[i].text), first_error, got);
		if (err != EINVAL || !strstr(got, v[i].words))
			fail_msg("%d \"%s\", wanted \"%s\"", err, got,
				 v[i].words);
	}
}


static void settings_say_where(void **state)
{
	static const char text[] = "[relay]\n\nmax_sessions = 0\n"
				   "[interface default]\n"
				   "address = 192.0.2.1\n";
	struct settings s;
	char got[256] = "";
	(void)state;

	assert_int_equal(EINVAL, settings_read_buf(&s, "r.conf", text,
						   strlen(text), first_error,
						   got));
	assert_non_null(strstr(got, "r.conf:3:"));
	assert_non_null(strstr(got, "max_sessions"));
}


static void settings_defaults(void **state)
{
	static const char text[] = "[interface default]\n"
				   "address = 192.0.2.1, 2001:db8::1\n"
				   "advertised = 203.0.113.1\n";
	struct settings s;
	(void)state;

	assert_int_equal(0, settings_read_buf(&s, "r.conf", text,
					      strlen(text), NULL, NULL));
	assert_int_equal(1, s.ifacec);
	assert_int_equal(30000, s.ifacev[0].port_min);
	assert_int_equal(39999, s.ifacev[0].port_max);
	assert_int_equal(46, s.ifacev[0].dscp);
	assert_true(addr_is_set(&s.ifacev[0].address[1]));
	assert_true(addr_is_set(&s.ifacev[0].advertised[0]));
	assert_false(addr_is_set(&s.ifacev[0].advertised[1]));
	assert_int_equal(60, s.session_timeout);
	assert_int_equal(3600, s.orphan_timeout);
	assert_int_equal(30000, s.learning_window);
	assert_int_equal(0, s.first_window);
	assert_int_equal(2000, s.relatch_silence);
	assert_string_equal("/run/postern/relay.sock", s.socket);
	assert_int_equal(20000, settings_ports(&s));
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_errors),
		cmocka_unit_test(settings_say_where),
		cmocka_unit_test(settings_defaults),
	};

	return cmocka_run_group_tests_name("relay_settings", tests, NULL,
					   NULL);
}
