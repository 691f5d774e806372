/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conf_test.c  Configuration files: what is taken, what is refused, and
 * in which words
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "conf/conf.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))


enum {
	NAME,
	SECRET,
	COUNT,
	ON,
	TIMEOUT,
	LIMIT,
	LISTEN,
	MODE,
	TAGS,
	ADDRESS,
	PORTS,
	KEYS,
};

static const char *const modes[] = {"fast", "slow", NULL};

static const struct conf_key keys[KEYS] = {
	[NAME] = {"relay", "name", CONF_STRING, .min = 1, .max = 8,
		  .def = "default", .help = "What to call it"},
	[SECRET] = {"relay", "secret", CONF_STRING, .min = 4, .max = 8,
		    .secret = true},
	[COUNT] = {"relay", "count", CONF_INT, .min = -2, .max = 100,
		   .def = "7"},
	[ON] = {"relay", "on", CONF_BOOL},
	[TIMEOUT] = {"relay", "timeout", CONF_DURATION, .min = 1000,
		     .max = 7200000, .def = "1m"},
	[LIMIT] = {"relay", "limit", CONF_SIZE, .def = "64k"},
	[LISTEN] = {"relay", "listen", CONF_ADDR},
	[MODE] = {"relay", "mode", CONF_ENUM, .values = modes, .def = "slow"},
	[TAGS] = {"relay", "tags", CONF_LIST, .max = 3},
	[ADDRESS] = {"interface *", "address", CONF_IP, .required = true},
	[PORTS] = {"interface *", "ports", CONF_PORTS, .def = "30000-39999"},
};


struct errors {
	unsigned n;
	char text[8192];
};


static void error_h(const char *text, void *arg)
{
	struct errors *e = arg;

	e->n++;
	assert_true(strlen(e->text) + strlen(text) + 2 < sizeof(e->text));
	strcat(e->text, text);
	strcat(e->text, "\n");
}


static struct conf *good(const char *text)
{
	struct errors e = {0};
	struct conf *c = NULL;

	if (conf_read_buf(&c, "t", text, strlen(text), keys, KEYS, error_h,
			  &e))
		fail_msg("refused:\n%s\n%s", text, e.text);

	assert_int_equal(e.n, 0);

	return c;
}


/* exactly these errors */
static void bad(const char *text, const char *errors)
{
	struct errors e = {0};
	struct conf *c = NULL;
	int err;

	err = conf_read_buf(&c, "t", text, strlen(text), keys, KEYS, error_h,
			    &e);
	assert_int_equal(err, EINVAL);
	assert_null(c);
	assert_string_equal(e.text, errors);
}


static void test_defaults(void **st)
{
	struct conf *c = good("");
	const struct conf_section *s = conf_section(c, "relay");

	(void)st;
	assert_non_null(s);
	assert_string_equal(conf_section_name(s), "");
	assert_string_equal(conf_string(s, NAME), "default");
	assert_int_equal(conf_int(s, COUNT), 7);
	assert_int_equal(conf_int(s, TIMEOUT), 60000);
	assert_int_equal(conf_int(s, LIMIT), 65536);
	assert_int_equal(conf_int(s, MODE), 1);
	assert_string_equal(conf_string(s, MODE), "slow");
	assert_false(conf_bool(s, ON));
	assert_false(conf_is_set(s, ON));
	assert_false(conf_is_set(s, SECRET));
	assert_null(conf_string(s, SECRET));
	assert_null(conf_section(c, "interface"));
	assert_null(conf_section(c, "nothing"));
	assert_null(conf_next(c, "interface", NULL));

	/* asked for the wrong way, nothing comes */
	assert_int_equal(conf_int(s, NAME), 0);
	assert_int_equal(conf_int(s, KEYS), 0);
	assert_int_equal(conf_int(NULL, COUNT), 0);
	assert_false(conf_is_set(s, ADDRESS));
	conf_free(c);
	conf_free(NULL);
}


static void test_values(void **st)
{
	struct conf *c = good("# comment\n"
			      "[relay]\n"
			      "name = a b ; comment\n"
			      "secret = pass#;d\n"
			      "count=-2\n"
			      "on : YES\n"
			      "timeout = 2h # comment\n"
			      "  limit = 2M\r\n"
			      "listen = [2001:db8::1]:5060\n"
			      "mode = fast\n"
			      "tags = one, two words ,three\n");
	const struct conf_section *s = conf_section(c, "relay");
	struct addr a = conf_addr(s, LISTEN);
	char buf[ADDR_STRLEN];

	(void)st;
	assert_string_equal(conf_string(s, NAME), "a b");
	assert_string_equal(conf_string(s, SECRET), "pass#;d");
	assert_int_equal(conf_int(s, COUNT), -2);
	assert_true(conf_bool(s, ON));
	assert_int_equal(conf_int(s, TIMEOUT), 7200000);
	assert_int_equal(conf_int(s, LIMIT), 2 << 20);
	assert_string_equal(addr_str(&a, buf), "[2001:db8::1]:5060");
	assert_int_equal(conf_int(s, MODE), 0);
	assert_int_equal(conf_list_count(s, TAGS), 3);
	assert_string_equal(conf_list_item(s, TAGS, 0), "one");
	assert_string_equal(conf_list_item(s, TAGS, 1), "two words");
	assert_string_equal(conf_list_item(s, TAGS, 2), "three");
	assert_null(conf_list_item(s, TAGS, 3));
	assert_null(conf_list_item(s, NAME, 0));
	conf_free(c);
}


static void test_named_sections(void **st)
{
	struct conf *c = good("[interface public]\n"
			      "address = 192.0.2.1\n"
			      "[relay]\n"
			      "[ interface  in-side.2 ] ; comment\n"
			      "address = 2001:db8::1\n"
			      "ports = 5000\n");
	const struct conf_section *s;

	(void)st;
	s = conf_next(c, "interface", NULL);
	assert_string_equal(conf_section_name(s), "public");
	assert_int_equal(conf_ports(s, PORTS).min, 30000);
	assert_int_equal(conf_ports(s, PORTS).max, 39999);
	assert_string_equal(conf_string(s, ADDRESS), "192.0.2.1");

	s = conf_next(c, "interface", s);
	assert_string_equal(conf_section_name(s), "in-side.2");
	assert_int_equal(conf_ports(s, PORTS).min, 5000);
	assert_int_equal(conf_ports(s, PORTS).max, 5000);

	assert_null(conf_next(c, "interface", s));
	conf_free(c);
}


static void test_sections_refused(void **st)
{
	(void)st;
	bad("[rely]\nx = 1\n", "t:1: unknown section [rely]\n");
	bad("[relay x]\n",
	    "t:1: unknown section [relay x]: it has no name\n");
	bad("[interface]\n",
	    "t:1: unknown section [interface]: it needs a name, "
	    "[KIND NAME]\n");
	bad("[relay]\n\n[relay]\ncount = 1\n",
	    "t:3: [relay] is there twice, first at line 1\n");
	bad("[interface a]\naddress = ::1\n[interface a]\n",
	    "t:3: [interface a] is there twice, first at line 1\n");
	bad("[relay\n", "t:1: expected [SECTION], not \"[relay\"\n");
	bad("[relay] x\n", "t:1: expected [SECTION], not \"[relay] x\"\n");
	bad("[interface a b]\n",
	    "t:1: section \"[interface a b]\": expected a kind and perhaps a "
	    "name, each at most 63 letters, digits, '-', '_', '.'\n");
	bad("[]\n",
	    "t:1: section \"[]\": expected a kind and perhaps a "
	    "name, each at most 63 letters, digits, '-', '_', '.'\n");
	bad("count = 1\n", "t:1: count: stands before any [SECTION]\n");
}


static void test_keys_refused(void **st)
{
	(void)st;
	bad("[relay]\ncuont = 1\n", "t:2: [relay]: unknown key \"cuont\"\n");
	bad("[relay]\naddress = ::1\n",
	    "t:2: [relay]: unknown key \"address\"\n");
	bad("[relay]\ncount = 1\ncount = 1\n",
	    "t:3: [relay] count: is there twice, first at line 2\n");
	bad("[relay]\ncount\n", "t:2: expected KEY = VALUE\n");
	bad("[relay]\ncount ; = 1", "t:2: expected KEY = VALUE\n");
	bad("[relay]\n= 1\n", "t:2: [relay]: unknown key \"\"\n");
	bad("\n[interface a]\n",
	    "t:2: [interface a] address: is missing: expected a numeric "
	    "address, such as 192.0.2.1 or 2001:db8::1\n");

	/* a wrong value is one error, not also a missing one */
	bad("[interface a]\naddress = lo\n",
	    "t:2: [interface a] address: expected a numeric address, such as "
	    "192.0.2.1 or 2001:db8::1, not \"lo\"\n");
}


static const struct {
	const char *line, *expected;
} refused[] = {
	{"name = ", "a text of a length from 1 to 8"},
	{"name = ninechars", "a text of a length from 1 to 8"},
	{"count = 101", "a whole number from -2 to 100"},
	{"count = -3", "a whole number from -2 to 100"},
	{"count = 1x", "a whole number from -2 to 100"},
	{"count = +1", "a whole number from -2 to 100"},
	{"count = 0x10", "a whole number from -2 to 100"},
	{"count = ", "a whole number from -2 to 100"},
	{"count = 18446744073709551617",
	 "a whole number from -2 to 100"},
	{"on = 1", "yes or no"},
	{"timeout = 30",
	 "a duration from 1s to 2h, such as 500ms, 30s, 5m, 2h"},
	{"timeout = 999ms",
	 "a duration from 1s to 2h, such as 500ms, 30s, 5m, 2h"},
	{"timeout = 106751991168d",
	 "a duration from 1s to 2h, such as 500ms, 30s, 5m, 2h"},
	{"limit = 1T", "a size, such as 512, 64k, 10M"},
	{"limit = -1", "a size, such as 512, 64k, 10M"},
	{"limit = 8589934592G", "a size, such as 512, 64k, 10M"},
	{"listen = localhost:1",
	 "a numeric address, with a port or without, such as "
	 "192.0.2.1:5060 or [2001:db8::1]:5060"},
	{"mode = FAST", "one of fast, slow"},
	{"tags = a,,b",
	 "a list, commas between, of length from 0 to 3"},
	{"tags = a,b,c,d",
	 "a list, commas between, of length from 0 to 3"},
};


static void test_values_refused(void **st)
{
	static const char *const ports[] = {"0", "5-4", "65536", "1-",
					    "-1", "1-2-3", "a", ""};
	char text[256], errors[512];
	size_t i;

	(void)st;
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		const char *eq = strstr(refused[i].line, " = ");

		(void)snprintf(text, sizeof(text), "[relay]\n%s\n",
			       refused[i].line);
		(void)snprintf(errors, sizeof(errors),
			       "t:2: [relay] %.*s: expected %s, not \"%s\"\n",
			       (int)(eq - refused[i].line), refused[i].line,
			       refused[i].expected, eq + 3);
		bad(text, errors);
	}

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		(void)snprintf(text, sizeof(text),
			       "[interface a]\naddress = ::1\nports = %s\n",
			       ports[i]);
		(void)snprintf(errors, sizeof(errors),
			       "t:3: [interface a] ports: expected a range of "
			       "ports, such as 30000-39999, not \"%s\"\n",
			       ports[i]);
		bad(text, errors);
	}

	/* a refused secret is not repeated */
	bad("[relay]\nsecret = abc\n",
	    "t:2: [relay] secret: expected a text of a length from 4 to 8\n");
}


static void test_all_errors_at_once(void **st)
{
	char text[2048] = "[relay]\n";
	struct errors e = {0};
	struct conf *c = NULL;
	unsigned i;

	(void)st;
	bad("[relay]\ncount = x\n[rely]\n[interface a]\nports = 0\n",
	    "t:2: [relay] count: expected a whole number from -2 to 100, not "
	    "\"x\"\n"
	    "t:3: unknown section [rely]\n"
	    "t:5: [interface a] ports: expected a range of ports, such as "
	    "30000-39999, not \"0\"\n"
	    "t:4: [interface a] address: is missing: expected a numeric "
	    "address, such as 192.0.2.1 or 2001:db8::1\n");

	for (i = 0; i < CONF_ERROR_MAX + 5; i++)
		strcat(text, "x = 1\n");

	assert_int_equal(conf_read_buf(&c, "t", text, strlen(text), keys, KEYS,
				       error_h, &e),
			 EINVAL);
	assert_int_equal(e.n, CONF_ERROR_MAX + 1);
	assert_non_null(strstr(e.text, "t: and 5 more errors\n"));

	/* errors without anyone to tell */
	assert_int_equal(conf_read_buf(&c, "t", text, strlen(text), keys, KEYS,
				       NULL, NULL),
			 EINVAL);
}


static void test_limits(void **st)
{
	static const char nul[] = "[relay]\ncount = 1\0002\n";
	char *text = calloc(1, 64 * 1024);
	struct errors e = {0};
	struct conf *c = NULL;
	unsigned i, n;

	(void)st;
	assert_non_null(text);

	/* the longest line, and one more */
	strcpy(text, "[relay]\n;");
	memset(text + 9, 'x', CONF_LINE_MAX - 1);
	conf_free(good(text));
	text[9 + CONF_LINE_MAX - 1] = 'x';
	bad(text, "t:2: longer than 1000 bytes\n");

	assert_int_equal(conf_read_buf(&c, "t", nul, sizeof(nul) - 1, keys,
				       KEYS, error_h, &e),
			 EINVAL);
	assert_string_equal(e.text, "t:2: a NUL byte\n");

	for (i = n = 0; i < CONF_SECTION_MAX + 1; i++)
		n += (unsigned)sprintf(text + n,
				       "[interface i%u]\naddress = ::1\n", i);
	bad(text, "t:513: more than 256 sections with a name\n");

	free(text);
}


static void test_default_checked(void **st)
{
	static const struct conf_key wrong[] = {
		{"a", "b", CONF_INT, .min = 1, .max = 2, .def = "3"},
	};
	struct errors e = {0};
	struct conf *c = NULL;

	(void)st;
	assert_int_equal(
		conf_read_buf(&c, "t", "", 0, wrong, 1, error_h, &e), EINVAL);
	assert_string_equal(e.text, "t: [a] b: its default: expected a whole "
				    "number from 1 to 2\n");
}


static void test_file(void **st)
{
	char path[] = "/tmp/conf_test.XXXXXX";
	struct errors e = {0};
	struct conf *c = NULL;
	char buf[128];
	int fd;

	(void)st;
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "\xef\xbb\xbf[relay]\ncount = 9", 20), 20);
	close(fd);

	assert_int_equal(conf_read(&c, path, keys, KEYS, error_h, &e), 0);
	assert_int_equal(conf_int(conf_section(c, "relay"), COUNT), 9);

	/* an error of the program's own points to the line */
	conf_error(conf_section(c, "relay"), COUNT, buf, sizeof(buf),
		   "too %s", "odd");
	assert_string_equal(buf + sizeof(path) - 1,
			    ":2: [relay] count: too odd");
	conf_error(conf_section(c, "relay"), TIMEOUT, buf, sizeof(buf), "x");
	assert_string_equal(buf + sizeof(path) - 1, ":1: [relay] timeout: x");
	conf_free(c);

	unlink(path);
	c = NULL;
	assert_int_equal(conf_read(&c, path, keys, KEYS, error_h, &e), ENOENT);
	assert_int_equal(e.n, 1);
	assert_non_null(strstr(e.text, ": No such file or directory"));
	assert_int_equal(conf_read(&c, "/tmp", keys, KEYS, error_h, &e),
			 EISDIR);
	assert_null(c);
	assert_int_equal(conf_read(NULL, path, keys, KEYS, NULL, NULL),
			 EINVAL);
}


/* the reference, with its comment signs taken away, is a valid file */
static void test_reference(void **st)
{
	char *text = NULL, *line, *save, file[4096] = "";
	size_t size;
	FILE *f;

	(void)st;
	f = open_memstream(&text, &size);
	assert_non_null(f);
	conf_reference(f, keys, KEYS);
	fclose(f);

	assert_non_null(strstr(text, "[relay]\n# What to call it: a text of a "
				     "length from 1 to 8\n#name = default\n"));
	assert_non_null(strstr(text, "; must be given\n#address = \n"));

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (!strcmp(line, "[interface *]"))
			strcpy(line, "[interface i]");
		if (!strncmp(line, "#address", 8))
			strcat(file, "address = ::1\n");
		else if (line[0] == '#' && line[1] != ' ' &&
			 line[strlen(line) - 2] != '=')
			sprintf(file + strlen(file), "%s\n", line + 1);
		else if (line[0] == '[')
			sprintf(file + strlen(file), "%s\n", line);
	}

	conf_free(good(file));
	free(text);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_named_sections),
		cmocka_unit_test(test_sections_refused),
		cmocka_unit_test(test_keys_refused),
		cmocka_unit_test(test_values_refused),
		cmocka_unit_test(test_all_errors_at_once),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_default_checked),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_reference),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
