/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file load.c  Calls by the thousand: set up at a rate, held, taken down
 *
 * Owns the pace and what was counted. One at a time in a process.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "call.h"


enum {
	STEP	     = 10, /* ms */
	LATENCIES    = 1 << 20,
	DEFAULT_RATE = 10,
	PATIENCE     = 10000, /* ms until a call must be answered */
};

struct load {
	struct app *app;
	struct tmr tmr;
	json_t *args;
	json_t *from, *to;	/* names of terminals, aliases */
	uint64_t began, until;	/* ms */
	uint64_t stepped;	/* ms: the last step */
	long rate, concurrent, hold;
	double owed;
	size_t next;
	uint64_t started, connected, failed, ended;
	uint32_t *latency;	/* us */
	size_t latencies;
	struct rusage usage;
};


static void destructor(void *data)
{
	struct load *l = data;

	tmr_cancel(&l->tmr);
	json_decref(l->args);
	mem_deref(l->latency);
}


static int by_value(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}


static double cpu(const struct load *l)
{
	struct rusage now;

	(void)getrusage(RUSAGE_SELF, &now);

	return (double)(now.ru_utime.tv_sec - l->usage.ru_utime.tv_sec +
			now.ru_stime.tv_sec - l->usage.ru_stime.tv_sec) +
	       (double)(now.ru_utime.tv_usec - l->usage.ru_utime.tv_usec +
			now.ru_stime.tv_usec - l->usage.ru_stime.tv_usec) /
		       1e6;
}


static double percentile(const struct load *l, unsigned percent)
{
	if (!l->latencies)
		return 0;

	return l->latency[(l->latencies - 1) * percent / 100] / 1000.0;
}


static void finish(struct load *l)
{
	qsort(l->latency, l->latencies, sizeof(*l->latency), by_value);
	event(NULL, "loadDone",
	      "{s:I,s:I,s:I,s:I,s:f,s:f,s:f,s:f,s:f}", "started",
	      (json_int_t)l->started, "connected", (json_int_t)l->connected,
	      "failed", (json_int_t)l->failed, "ended", (json_int_t)l->ended,
	      "seconds", (double)(tmr_jiffies() - l->began) / 1000.0, "cpu",
	      cpu(l), "p50", percentile(l, 50), "p99", percentile(l, 99),
	      "max", percentile(l, 100));
	l->app->load = mem_deref(l);
}


static struct call *oldest(const struct term *t, uint64_t before_us)
{
	struct le *le;

	for (le = list_head(&t->calls); le; le = le->next) {
		struct call *c = le->data;

		if (c->began > before_us) /* and so are all behind it */
			break;
		if (c->outgoing && c->state == CALL_CONNECTED)
			return c;
	}

	return NULL;
}


/** Those that have been held long enough */
static void take_down(struct load *l)
{
	const uint64_t now = now_us(), hold = (uint64_t)l->hold * 1000;
	const uint64_t before = now > hold ? now - hold : 0;
	struct call *c;
	json_t *name;
	size_t i;

	json_array_foreach(l->from, i, name) {
		struct term *t = term_find(l->app, json_string_value(name));

		while (t && (c = oldest(t, before)))
			call_hangup(c, NULL, 0);
	}
}


static void set_up(struct load *l)
{
	const size_t n = json_array_size(l->from);
	struct term *t = term_find(
		l->app, json_string_value(json_array_get(l->from,
							 l->next % n)));
	json_t *args = json_deep_copy(l->args);

	(void)json_object_set(args, "to",
			      json_array_get(l->to, l->next %
						    json_array_size(l->to)));
	++l->next;
	++l->started;
	if (!t || caller_start(t, args))
		++l->failed;
	json_decref(args);
}


static void on_step(void *arg)
{
	struct load *l	   = arg;
	const uint64_t now = tmr_jiffies();
	bool over	   = now >= l->until;

	tmr_start(&l->tmr, STEP, on_step, l);
	l->owed += (double)l->rate * (double)(now - l->stepped) / 1000.0;
	l->stepped = now;
	if (l->owed > (double)l->rate)
		l->owed = (double)l->rate; /* a second behind at most */
	while (!over && l->owed >= 1 &&
	       l->started - l->ended < (uint64_t)l->concurrent) {
		l->owed -= 1;
		set_up(l);
	}
	take_down(l);
	if (over && l->started == l->ended)
		finish(l);
}


/** A call has ended, for whatever reason */
void load_call_over(struct load *l, const json_t *conf, uint64_t setup_us,
		    bool connected)
{
	if (!l || !option_is(conf, "ofLoad", false))
		return;
	++l->ended;
	if (!connected) {
		++l->failed;
		return;
	}
	++l->connected;
	if (l->latencies < LATENCIES)
		l->latency[l->latencies++] = (uint32_t)setup_us;
}


/**
 * Begin. Options: "from" (terminals), "to" (aliases, one for one), "rate"
 * (calls/s), "seconds", "concurrent", "hold" (ms), and those of its calls
 */
int load_start(struct app *app, struct term *t, const json_t *args)
{
	struct load *l;

	(void)t;
	if (app->load || !json_array_size(option(args, "from")) ||
	    !json_array_size(option(args, "to")))
		return EINVAL;
	l = mem_zalloc(sizeof(*l), destructor);
	if (!l)
		return ENOMEM;
	l->latency = mem_alloc(LATENCIES * sizeof(*l->latency), NULL);
	if (!l->latency) {
		mem_deref(l);
		return ENOMEM;
	}
	l->app	= app;
	l->args = json_deep_copy(args);
	l->from = option(l->args, "from");
	l->to	= option(l->args, "to");
	(void)json_object_set_new(l->args, "ofLoad", json_true());
	if (!option(args, "patience"))
		(void)json_object_set_new(l->args, "patience",
					  json_integer(PATIENCE));
	l->rate	      = option_number(args, "rate", DEFAULT_RATE);
	l->hold	      = option_number(args, "hold", 0);
	l->concurrent = option_number(args, "concurrent", 1000);
	l->began = l->stepped = tmr_jiffies();
	l->until = l->began + (uint64_t)option_number(args, "seconds", 1) * 1000;
	(void)getrusage(RUSAGE_SELF, &l->usage);
	app->load = l;
	on_step(l);

	return 0;
}
