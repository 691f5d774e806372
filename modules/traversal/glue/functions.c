/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file functions.c  The functions scripts call: configuration and KEMI
 *
 * Only the way in: each line here leads to the function that does it.
 */
#include "glue/compat.h"
#include "core/kemi.h"
#include "core/mod_fix.h"
#include "glue/functions.h"
#include "glue/alias.h"
#include "glue/manage.h"
#include "glue/nat_facts.h"
#include "glue/register.h"
#include "logic/nat.h"

static unsigned default_signs = NAT_SIGNS_DEFAULT;

void functions_conf_set(unsigned nat_signs)
{
	default_signs = nat_signs;
}

static int w_manage(sip_msg_t *msg, char *p1, char *p2)
{
	(void)p1;
	(void)p2;
	return manage(msg);
}

static int w_request(sip_msg_t *msg, char *p1, char *p2)
{
	(void)p1;
	(void)p2;
	return manage_request(msg);
}

static int w_reply(sip_msg_t *msg, char *p1, char *p2)
{
	(void)p1;
	(void)p2;
	return manage_reply(msg);
}

static int w_offer(sip_msg_t *msg, char *p1, char *p2)
{
	str options = STR_NULL;

	(void)p2;
	if(p1 && get_str_fparam(&options, msg, (fparam_t *)p1) < 0)
		return -1;
	return manage_media_offer(msg, &options);
}

static int w_answer(sip_msg_t *msg, char *p1, char *p2)
{
	(void)p1;
	(void)p2;
	return manage_media_answer(msg);
}

static int w_delete(sip_msg_t *msg, char *p1, char *p2)
{
	(void)p1;
	(void)p2;
	return manage_media_delete(msg);
}

static int w_register(sip_msg_t *msg, char *p1, char *p2)
{
	(void)p1;
	(void)p2;
	return register_request(msg);
}

static int is_natted(sip_msg_t *msg, const str *names)
{
	unsigned signs = default_signs;
	char text[256];

	if(names && names->len) {
		if(names->len >= (int)sizeof(text))
			return -1;
		(void)snprintf(text, sizeof(text), "%.*s", names->len, names->s);
		if(nat_signs_decode(&signs, text)) {
			LM_ERR("\"%s\": expected names of signs, separated by commas\n",
					text);
			return -1;
		}
	}
	return nat_facts_natted(msg, signs) ? 1 : -1;
}

static int w_is_natted(sip_msg_t *msg, char *p1, char *p2)
{
	str names = STR_NULL;

	(void)p2;
	if(p1 && get_str_fparam(&names, msg, (fparam_t *)p1) < 0)
		return -1;
	return is_natted(msg, &names);
}

static int w_alias_add(sip_msg_t *msg, char *p1, char *p2)
{
	(void)p1;
	(void)p2;
	return alias_add(msg);
}

static int w_alias_handle(sip_msg_t *msg, char *p1, char *p2)
{
	(void)p1;
	(void)p2;
	return alias_handle(msg);
}

cmd_export_t functions_exports[] = {
		{"traversal_manage", w_manage, 0, NULL, NULL, ANY_ROUTE},
		{"traversal_request", w_request, 0, NULL, NULL,
				REQUEST_ROUTE | BRANCH_ROUTE | FAILURE_ROUTE},
		{"traversal_reply", w_reply, 0, NULL, NULL,
				ONREPLY_ROUTE | TM_ONREPLY_ROUTE},
		{"traversal_register", w_register, 0, NULL, NULL, REQUEST_ROUTE},
		{"traversal_is_natted", w_is_natted, 0, NULL, NULL, ANY_ROUTE},
		{"traversal_is_natted", w_is_natted, 1, fixup_spve_null,
				fixup_free_spve_null, ANY_ROUTE},
		{"traversal_alias_add", w_alias_add, 0, NULL, NULL, ANY_ROUTE},
		{"traversal_alias_handle", w_alias_handle, 0, NULL, NULL,
				REQUEST_ROUTE | BRANCH_ROUTE},
		{"traversal_media_offer", w_offer, 0, NULL, NULL, ANY_ROUTE},
		{"traversal_media_offer", w_offer, 1, fixup_spve_null,
				fixup_free_spve_null, ANY_ROUTE},
		{"traversal_media_answer", w_answer, 0, NULL, NULL, ANY_ROUTE},
		{"traversal_media_delete", w_delete, 0, NULL, NULL, ANY_ROUTE},
		{NULL, NULL, 0, NULL, NULL, 0},
};

static int k_offer(sip_msg_t *msg)
{
	return manage_media_offer(msg, NULL);
}

static int k_offer_options(sip_msg_t *msg, str *options)
{
	return manage_media_offer(msg, options);
}

static int k_is_natted(sip_msg_t *msg)
{
	return is_natted(msg, NULL);
}

static int k_is_natted_by(sip_msg_t *msg, str *names)
{
	return is_natted(msg, names);
}

#define KEMI(name, func, ...)                                                  \
	{                                                                          \
		str_init("traversal"), str_init(name), SR_KEMIP_INT, func,             \
		{                                                                      \
			__VA_ARGS__                                                        \
		}                                                                      \
	}
#define KEMI_NONE                                                              \
	SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE,                \
			SR_KEMIP_NONE, SR_KEMIP_NONE
#define KEMI_STR                                                               \
	SR_KEMIP_STR, SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE,  \
			SR_KEMIP_NONE

/* clang-format off */
static sr_kemi_t kemi_exports[] = {
	KEMI("manage", manage, KEMI_NONE),
	KEMI("request", manage_request, KEMI_NONE),
	KEMI("reply", manage_reply, KEMI_NONE),
	KEMI("register", register_request, KEMI_NONE),
	KEMI("is_natted", k_is_natted, KEMI_NONE),
	KEMI("is_natted_by", k_is_natted_by, KEMI_STR),
	KEMI("alias_add", alias_add, KEMI_NONE),
	KEMI("alias_handle", alias_handle, KEMI_NONE),
	KEMI("media_offer", k_offer, KEMI_NONE),
	KEMI("media_offer_options", k_offer_options, KEMI_STR),
	KEMI("media_answer", manage_media_answer, KEMI_NONE),
	KEMI("media_delete", manage_media_delete, KEMI_NONE),
	{{0, 0}, {0, 0}, 0, NULL, {0, 0, 0, 0, 0, 0}},
};
/* clang-format on */

int functions_register(void)
{
	return sr_kemi_modules_add(kemi_exports) < 0 ? -1 : 0;
}
