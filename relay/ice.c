/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ice.c  ICE-lite: answering connectivity checks (RFC 8445 §7.3)
 *
 * The relay has one host candidate per component, sends no checks, and is
 * always controlled. No socket in here: a check comes in, an answer goes out.
 * Owns a leg's credentials.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "rpc/libre.h"
#include "bucket.h"
#include "ice.h"


enum {
	CHECKS_PER_SECOND = 100, /* of one leg; HMACs are not for free */
};

struct ice {
	char *ufrag, *pwd;
	char *remote_ufrag; /* NULL: not known yet */
	struct bucket admit;
};


static void destructor(void *arg)
{
	struct ice *ice = arg;

	mem_deref(ice->ufrag);
	mem_deref(ice->pwd);
	mem_deref(ice->remote_ufrag);
}


/**
 * Keep a leg's ICE credentials. The remote password is not needed: ICE-lite
 * sends no checks.
 *
 * @param ip  Result; mem_deref() it
 * @param req Credentials
 *
 * @return 0, EINVAL, ENOMEM
 */
int ice_alloc(struct ice **ip, const struct ice_req *req)
{
	struct ice *ice;
	int err;

	if (!ip || !req || !req->ufrag || !req->pwd)
		return EINVAL;

	ice = mem_zalloc(sizeof(*ice), destructor);
	if (!ice)
		return ENOMEM;

	err  = str_dup(&ice->ufrag, req->ufrag);
	err |= str_dup(&ice->pwd, req->pwd);
	if (req->remote_ufrag)
		err |= str_dup(&ice->remote_ufrag, req->remote_ufrag);
	if (err) {
		mem_deref(ice);
		return ENOMEM;
	}

	bucket_set(&ice->admit, CHECKS_PER_SECOND, CHECKS_PER_SECOND, 0);
	*ip = ice;

	return 0;
}


/** @return Whether these are the credentials we have */
bool ice_is(const struct ice *ice, const struct ice_req *req)
{
	return ice && !str_cmp(ice->ufrag, req->ufrag) &&
	       !str_cmp(ice->pwd, req->pwd) &&
	       !str_cmp(ice->remote_ufrag ? ice->remote_ufrag : "",
			req->remote_ufrag ? req->remote_ufrag : "");
}


/** @return Whether one more check may be looked at now */
bool ice_admit(struct ice *ice, uint64_t now)
{
	return bucket_take(&ice->admit, 1, now);
}


/* RFC 8445 §7.2.2: USERNAME is "ours:theirs" */
static bool username_is_ours(const struct ice *ice, const char *username)
{
	const size_t n = strlen(ice->ufrag);

	if (strncmp(username, ice->ufrag, n) || username[n] != ':')
		return false;

	return !ice->remote_ufrag || !strcmp(username + n + 1,
					     ice->remote_ufrag);
}


static int reply(struct mbuf *answer, const struct stun_msg *msg,
		 const struct ice *ice, const struct addr *src)
{
	struct sa sa;
	int err;

	err = sa_set_sa(&sa, &src->u.sa);
	if (err)
		return err;

	return stun_msg_encode(answer, STUN_METHOD_BINDING,
			       STUN_CLASS_SUCCESS_RESP, stun_msg_tid(msg),
			       NULL, (const uint8_t *)ice->pwd,
			       strlen(ice->pwd), true, 0x00, 1,
			       STUN_ATTR_XOR_MAPPED_ADDR, &sa);
}


/* key: NULL where the request did not prove that it knows it */
static int reply_error(struct mbuf *answer, const struct stun_msg *msg,
		       uint16_t code, const char *reason,
		       const struct stun_unknown_attr *ua, const char *key)
{
	struct stun_errcode ec = {.code = code};
	char phrase[32];

	(void)snprintf(phrase, sizeof(phrase), "%s", reason);
	ec.reason = phrase;

	return stun_msg_encode(answer, STUN_METHOD_BINDING,
			       STUN_CLASS_ERROR_RESP, stun_msg_tid(msg), &ec,
			       (const uint8_t *)key, key ? strlen(key) : 0,
			       true, 0x00, 1, STUN_ATTR_UNKNOWN_ATTR,
			       ua && ua->typec ? ua : NULL);
}


static int answer_request(const struct ice *ice, struct stun_msg *msg,
			  const struct stun_unknown_attr *ua,
			  const struct addr *src, struct ice_check *check,
			  struct mbuf *answer)
{
	const struct stun_attr *user = stun_msg_attr(msg, STUN_ATTR_USERNAME);
	const struct stun_attr *prio;

	/* RFC 8489 §9.1.3 */
	if (!user || !stun_msg_attr(msg, STUN_ATTR_MSG_INTEGRITY))
		return reply_error(answer, msg, 400, "Bad Request", NULL,
				   NULL);

	if (!username_is_ours(ice, user->v.username) ||
	    stun_msg_chk_mi(msg, (const uint8_t *)ice->pwd,
			    strlen(ice->pwd)))
		return reply_error(answer, msg, 401, "Unauthenticated", NULL,
				   NULL);

	if (ua->typec)
		return reply_error(answer, msg, 420, "Unknown Attribute", ua,
				   ice->pwd);

	/* RFC 8445 §7.3.1.1: we are controlled, so they must be controlling */
	if (stun_msg_attr(msg, STUN_ATTR_CONTROLLED))
		return reply_error(answer, msg, 487, "Role Conflict", NULL,
				   ice->pwd);

	prio = stun_msg_attr(msg, STUN_ATTR_PRIORITY);

	check->authentic = true;
	check->nominated = stun_msg_attr(msg, STUN_ATTR_USE_CAND) != NULL;
	check->priority	 = prio ? prio->v.priority : 0;

	return reply(answer, msg, ice, src);
}


/**
 * Look at a STUN message and say what to send back
 *
 * @param ice    Our credentials
 * @param buf    The message
 * @param len    Its length
 * @param src    Where it came from
 * @param check  Result: what it proved
 * @param answer Result: the answer, at position 0
 *
 * @return 0; EBADMSG: not a check, no answer; ENOMEM
 */
int ice_answer(const struct ice *ice, const uint8_t *buf, size_t len,
	       const struct addr *src, struct ice_check *check,
	       struct mbuf *answer)
{
	struct stun_unknown_attr ua;
	struct stun_msg *msg = NULL;
	struct mbuf *mb;
	int err;

	memset(check, 0, sizeof(*check));

	mb = mbuf_alloc(len);
	if (!mb)
		return ENOMEM;

	err = mbuf_write_mem(mb, buf, len);
	mbuf_set_pos(mb, 0);

	if (!err)
		err = stun_msg_decode(&msg, mb, &ua);

	if (!err && (stun_msg_class(msg) != STUN_CLASS_REQUEST ||
		     stun_msg_method(msg) != STUN_METHOD_BINDING ||
		     stun_msg_chk_fingerprint(msg)))
		err = EBADMSG;

	if (!err)
		err = answer_request(ice, msg, &ua, src, check, answer);

	mbuf_set_pos(answer, 0);
	mem_deref(msg);
	mem_deref(mb);

	return err;
}
