/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file mirror.h  usrloc's contacts, as the store knows them
 *
 * Every change usrloc tells of goes to the writer. The other direction, the
 * restart, is restore.h. Owns: usrloc's API as bound in mod_init.
 */
#ifndef TRAVERSAL_GLUE_MIRROR_H
#define TRAVERSAL_GLUE_MIRROR_H

#include <stdbool.h>
#include "glue/compat.h"
#include "store/store.h"
#include "modules/usrloc/usrloc.h"

/* modparam usrloc_domain: one of usrloc's tables, "location" when none is
 * named; 0, -1 */
int mirror_domain_add(const char *name);
/* binds usrloc, where it is loaded; 0, -1 */
int mirror_mod_init(void);
/* contacts from usrloc's own database go to the store */
void mirror_child_init(int rank);
/** usrloc's API, or NULL when it isn't loaded or has no contacts in memory */
const usrloc_api_t *mirror_usrloc(void);

/** One of usrloc's contacts, copied out */
struct mirror_contact
{
	unsigned aorhash;
	str ruid, uri, received, path; /**< borrowed from the list */
	struct socket_info *sock;
};

/** Non-zero stops */
typedef int(mirror_h)(const struct mirror_contact *c, void *arg);

/* all contacts, or those this server registered. 0, what the handler
 * returned, or -1 */
int mirror_each(bool own_only, mirror_h *h, void *arg);

/* a contact by usrloc's own id, with its record locked: mirror_release() it
 * soon. 0, -1: there is none */
int mirror_find(const struct mirror_contact *c, udomain_t **d, urecord_t **r,
		ucontact_t **u);
void mirror_release(udomain_t *d, urecord_t *r);

/** Gets contacts as they go into the store; borrowed, usrloc not locked */
typedef int(mirror_contact_h)(const struct store_contact *c, void *arg);

/* all of usrloc's contacts: to bring the store up to date */
int mirror_each_contact(mirror_contact_h *h, void *arg);
/* whether usrloc has this contact of the store's */
bool mirror_has(const struct store_contact *c);

/* while contacts come from the store they are no news to it */
void mirror_pause(bool paused);

#endif
