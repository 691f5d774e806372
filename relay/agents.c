/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agents.c  Which agents there are: names and public keys, in a file
 *
 * One line an agent: name, public key, Unix time it was added. The file is
 * written anew beside the old one and put in its place. Owns the agents.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "agent_leg.h"
#include "agent_port.h"
#include "agents.h"
#include "relay.h"
#include "service.h"
#include "terminal.h"


enum {
	BUCKETS	 = 1024,
	PATH_LEN = SETTING_PATH_MAX + 1,
	LINE_LEN = 256,
};

/* in place of a public key */
static const char by_certificate[] = "certificate";


struct agents {
	struct relay *relay;
	struct hash *byname;
	struct list list;
	char path[PATH_LEN];
};


static void agents_destructor(void *arg)
{
	struct agents *a = arg;

	list_flush(&a->list);
	mem_deref(a->byname);
}


static void agent_destructor(void *arg)
{
	struct agent *ag = arg;

	hash_unlink(&ag->he);
	list_unlink(&ag->le);
	tmr_cancel(&ag->tmr);
	services_forget(ag);
	terminals_forget(ag);
	agent_leg_gone(ag);
	agent_ports_gone(ag);
	mem_deref(ag->media);
	mem_deref(ag->control);
	mem_deref(ag->link);
	mem_deref(ag->tunnel);
}


/** Make an empty list that is kept in a directory; mem_deref() it */
int agents_alloc(struct agents **ap, struct relay *r, const char *dir)
{
	struct agents *a = mem_zalloc(sizeof(*a), agents_destructor);
	int err;

	if (!a)
		return ENOMEM;

	a->relay = r;
	(void)snprintf(a->path, sizeof(a->path), "%s/agents", dir);
	err = hash_alloc(&a->byname, BUCKETS);
	if (err)
		mem_deref(a);
	else
		*ap = a;

	return err;
}


static bool is_named(struct le *le, void *arg)
{
	const struct agent *ag = le->data;

	return !strcmp(ag->name, arg);
}


struct agent *agents_find(const struct agents *a, const char *name)
{
	return list_ledata(hash_lookup(a->byname, hash_joaat_str(name),
				       is_named, (void *)(uintptr_t)name));
}


struct list *agents_list(struct agents *a)
{
	return &a->list;
}


static void bandwidth_set(struct agent *ag, uint64_t bandwidth)
{
	ag->bandwidth = bandwidth;
	ceiling_set(&ag->up, bandwidth);
	ceiling_set(&ag->down, bandwidth);
}


static int insert(struct agent **agp, struct agents *a, const char *name,
		  const char *public, uint64_t created, uint64_t bandwidth)
{
	static const struct log_limit limit = LOG_LIMIT(20, 1);
	struct agent *ag;

	if (!auth_name_valid(name) ||
	    (public[0] && !auth_public_valid(public)))
		return EINVAL;
	if (agents_find(a, name))
		return EEXIST;
	if (list_count(&a->list) >= AGENTS_MAX)
		return ENOSPC;

	ag = mem_zalloc(sizeof(*ag), agent_destructor);
	if (!ag)
		return ENOMEM;

	ag->relay   = a->relay;
	ag->created = created;
	ag->log	    = limit;
	bandwidth_set(ag, bandwidth);
	(void)snprintf(ag->name, sizeof(ag->name), "%s", name);
	(void)snprintf(ag->public, sizeof(ag->public), "%s", public);
	hash_append(a->byname, hash_joaat_str(name), &ag->he, ag);
	list_append(&a->list, &ag->le, ag);
	if (agp)
		*agp = ag;

	return 0;
}


static int number(uint64_t *n, const char *text)
{
	char *end;

	*n = strtoull(text, &end, 10);

	return *end ? EINVAL : 0;
}


static int read_line(struct agents *a, char *line)
{
	char *save = NULL;
	const char *name    = strtok_r(line, " \n", &save);
	const char *public  = strtok_r(NULL, " \n", &save);
	const char *created = strtok_r(NULL, " \n", &save);
	const char *most    = strtok_r(NULL, " \n", &save);
	uint64_t t, bandwidth = 0;

	if (!name || name[0] == '#')
		return 0;
	if (!public || !created)
		return EINVAL;
	if (number(&t, created) || (most && number(&bandwidth, most)) ||
	    bandwidth > AGENT_BANDWIDTH_MAX)
		return EINVAL;
	if (!strcmp(public, by_certificate))
		public = "";

	return insert(NULL, a, name, public, t, bandwidth);
}


/**
 * Read the file; that there is none is no error
 *
 * @param why What is wrong, in words
 *
 * @return 0; EINVAL: see why; an errno
 */
int agents_read(struct agents *a, char *why, size_t size)
{
	char line[LINE_LEN];
	unsigned n = 0;
	FILE *f	   = fopen(a->path, "re");
	int err	   = 0;

	if (!f) {
		if (errno == ENOENT)
			return 0;
		err = errno;
		(void)snprintf(why, size, "%s: %s", a->path, strerror(err));
		return err;
	}

	while (!err && fgets(line, sizeof(line), f)) {
		++n;
		err = read_line(a, line);
	}
	(void)fclose(f);
	if (err)
		(void)snprintf(why, size, "%s:%u: expected NAME PUBLIC-KEY "
			       "TIME BANDWIDTH, each name once", a->path, n);

	return err;
}


static int write_lines(const struct agents *a, FILE *f)
{
	const struct le *le;

	(void)fprintf(f, "# name, public key, Unix time, bit/s: "
			 "posternctl agent changes this file\n");
	for (le = list_head(&a->list); le; le = le->next) {
		const struct agent *ag = le->data;

		(void)fprintf(f, "%s %s %llu %llu\n", ag->name,
			      ag->public[0] ? ag->public : by_certificate,
			      (unsigned long long)ag->created,
			      (unsigned long long)ag->bandwidth);
	}

	return fflush(f) || ferror(f) || fsync(fileno(f)) ? EIO : 0;
}


static int save(const struct agents *a)
{
	char tmp[PATH_LEN + 8];
	FILE *f;
	int fd, err;

	(void)snprintf(tmp, sizeof(tmp), "%s.new", a->path);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	f = fdopen(fd, "w");
	if (!f) {
		err = errno;
		(void)close(fd);
		return err;
	}
	err = write_lines(a, f);
	if (fclose(f) && !err)
		err = EIO;
	if (!err && rename(tmp, a->path) < 0)
		err = errno;
	if (err)
		(void)unlink(tmp);

	return err;
}


/**
 * Add an agent, in the file too
 *
 * @param agp    Result
 * @param a      Where to
 * @param name   Its name
 * @param public Its public key; "": it is to show a certificate
 * @param bandwidth Of its media each way, bit/s; 0: any
 *
 * @return 0; EINVAL: a name or key that is none; EEXIST; ENOSPC; an errno: it
 *         could not be written, and is not added
 */
int agents_add(struct agent **agp, struct agents *a, const char *name,
	       const char *public, uint64_t bandwidth)
{
	struct agent *ag;
	int err = insert(&ag, a, name, public, a->relay->wall() / 1000,
			 bandwidth);

	if (err)
		return err;
	err = save(a);
	if (err)
		mem_deref(ag);
	else
		*agp = ag;

	return err;
}


/** Another bandwidth, in the file too. 0 or an errno: it could not be written,
 *  and nothing has changed */
int agents_set(struct agents *a, struct agent *ag, uint64_t bandwidth)
{
	const uint64_t was = ag->bandwidth;
	int err;

	bandwidth_set(ag, bandwidth);
	err = save(a);
	if (err)
		bandwidth_set(ag, was);

	return err;
}


/** Remove an agent, from the file too; its tunnel ends. 0 or an errno: it is
 *  gone until the next start, but not from the file */
int agents_remove(struct agents *a, struct agent *ag)
{
	mem_deref(ag);

	return save(a);
}


/** Whatever an agent does, it fills no disk with lines */
bool agent_may_log(struct agent *ag)
{
	uint64_t suppressed = 0;

	return log_limit_pass(&ag->log, ag->relay->now(), &suppressed);
}


enum agent_state agent_state(const struct agent *ag)
{
	return ag->link ? AGENT_UP : ag->tunnel ? AGENT_WAITING : AGENT_DOWN;
}


/** Which way its media went last; NULL: there have been none */
const char *agent_way(const struct agent *ag)
{
	static const char *const names[] = {
		[AGENT_WAY_UDP]	   = "udp",
		[AGENT_WAY_TUNNEL] = "tunnel",
	};

	return names[atomic_load(&ag->way)];
}


/** Its media go this way now; counted in the thread's own counters */
void agent_way_is(struct agent *ag, enum agent_way way, struct metrics *stats)
{
	const int before = atomic_exchange(&ag->way, way);

	if (before == (int)way)
		return;
	if (before != AGENT_WAY_NONE)
		metrics_inc(stats, STAT_INTUNNEL_MOVED);
	if (before != AGENT_WAY_NONE || way == AGENT_WAY_TUNNEL)
		log_notice("media", "agent %s: media go %s", ag->name,
			   way == AGENT_WAY_TUNNEL ? "in-tunnel" : "over UDP");
}
