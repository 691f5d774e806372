/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file srv.c  Which hosts serve a domain: _postern._tcp (RFC 2782)
 *
 * libre's DNS client asks the system's name servers; priorities and weights are
 * observed anew each time, so that agents spread. Owns a request.
 */
#include "rpc/libre.h"
#include <re_dns.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "settings.h"
#include "srv.h"


enum {
	NAME_SERVERS = 8,
	GIVE_UP_MS   = 4000,
	RECORDS_MAX  = 64,
};

struct srv {
	struct dnsc *dnsc;
	struct dns_query *query;
	struct tmr tmr;
	srv_h *h;
	void *arg;
};


static void destructor(void *arg)
{
	struct srv *s = arg;

	tmr_cancel(&s->tmr);
	mem_deref(s->query);
	mem_deref(s->dnsc);
}


static void done(struct srv *s, const struct dnsrr *rr)
{
	char host[HOST_LEN_MAX + 1];

	tmr_cancel(&s->tmr);
	if (rr)
		(void)str_ncpy(host, rr->rdata.srv.target, sizeof(host));
	s->h(rr ? host : NULL, rr ? rr->rdata.srv.port : 0, s->arg);
}


static bool usable(const struct dnsrr *rr)
{
	return rr->type == DNS_TYPE_SRV && rr->rdata.srv.port &&
	       str_isset(rr->rdata.srv.target) &&
	       strcmp(rr->rdata.srv.target, ".") &&
	       strlen(rr->rdata.srv.target) <= HOST_LEN_MAX;
}


/* Lowest priority number; among these by weight, 0 with a small chance */
static const struct dnsrr *choose(const struct list *l)
{
	const struct dnsrr *v[RECORDS_MAX], *rr;
	uint32_t sum = 0, at;
	size_t n = 0, i;
	struct le *le;

	for (le = list_head(l); le; le = le->next) {
		rr = le->data;
		if (!usable(rr) || n == RECORDS_MAX)
			continue;
		if (n && rr->rdata.srv.pri > v[0]->rdata.srv.pri)
			continue;
		if (n && rr->rdata.srv.pri < v[0]->rdata.srv.pri)
			n = 0;
		v[n++] = rr;
	}
	if (!n)
		return NULL;

	for (i = 0; i < n; i++)
		sum += v[i]->rdata.srv.weight + 1u;
	at = rand_u32() % sum;
	for (i = 0; at > v[i]->rdata.srv.weight; i++)
		at -= v[i]->rdata.srv.weight + 1u;

	return v[i];
}


static void on_answer(int err, const struct dnshdr *hdr, struct list *ansl,
		      struct list *authl, struct list *addl, void *arg)
{
	(void)hdr;
	(void)authl;
	(void)addl;

	done(arg, err ? NULL : choose(ansl));
}


static void on_late(void *arg)
{
	struct srv *s = arg;

	s->query = mem_deref(s->query);
	done(s, NULL);
}


static int ask(struct srv *s, const char *domain)
{
	struct sa nsv[NAME_SERVERS];
	uint32_t n = NAME_SERVERS;
	char name[HOST_LEN_MAX + 16];
	int err;

	(void)snprintf(name, sizeof(name), "_postern._tcp.%s", domain);
	err = dns_srv_get(NULL, 0, nsv, &n);
	if (!err && !n)
		err = ENOENT;
	if (!err)
		err = dnsc_alloc(&s->dnsc, NULL, nsv, n);
	if (!err)
		err = dnsc_query(&s->query, s->dnsc, name, DNS_TYPE_SRV,
				 DNS_CLASS_IN, true, on_answer, s);

	return err;
}


static void on_nobody(void *arg)
{
	done(arg, NULL);
}


/**
 * Find a host for a domain
 *
 * @param sp     Result; mem_deref() it, not in its handler
 * @param domain Domain
 * @param h      Called once, later
 * @param arg    For it
 *
 * @return 0 or ENOMEM
 */
int srv_find(struct srv **sp, const char *domain, srv_h *h, void *arg)
{
	struct srv *s = mem_zalloc(sizeof(*s), destructor);

	if (!s)
		return ENOMEM;

	s->h   = h;
	s->arg = arg;
	/* whom nobody can tell does with the name as it is */
	if (ask(s, domain))
		tmr_start(&s->tmr, 0, on_nobody, s);
	else
		tmr_start(&s->tmr, GIVE_UP_MS, on_late, s);
	*sp = s;

	return 0;
}
