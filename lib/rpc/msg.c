/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/msg.c  The codec: a line of text to a JSON-RPC message, and back
 *
 * Pure; holds no state.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rpc/rpc.h"


enum {
	LINE_GUESS = 2048, /* octets, most lines are shorter */
};


/** Fills an error; the text is cut to fit */
void rpc_error_set(struct rpc_error *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return;

	e->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
}


/* jansson recurses as deep as the text nests, so nesting is bounded before */
static bool too_deep(const char *p, size_t len)
{
	bool in_string = false;
	unsigned depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (in_string) {
			if (p[i] == '\\')
				++i;
			else if (p[i] == '"')
				in_string = false;
			continue;
		}
		switch (p[i]) {

		case '"':
			in_string = true;
			break;

		case '{':
		case '[':
			if (++depth > RPC_DEPTH_MAX)
				return true;
			break;

		case '}':
		case ']':
			if (depth)
				--depth;
			break;
		}
	}

	return false;
}


static bool id_valid(const json_t *id)
{
	return json_is_string(id) || json_is_integer(id) || json_is_null(id);
}


static int decode_error(struct rpc_msg *m, const json_t *eo,
			struct rpc_error *err)
{
	const json_t *code = json_object_get(eo, "code");
	const char *text = json_string_value(json_object_get(eo, "message"));

	if (!json_is_integer(code)) {
		rpc_error_set(err, RPC_INVALID_REQUEST,
			      "error without an integer code");
		return EBADMSG;
	}

	m->type = RPC_ERROR;
	rpc_error_set(&m->error, (int)json_integer_value(code), "%s",
		      text ? text : "");
	return 0;
}


/* a request, or a notification */
static int decode_call(struct rpc_msg *m, const json_t *method,
		       struct rpc_error *err)
{
	m->method = json_string_value(method);
	if (!m->method || !m->method[0]) {
		rpc_error_set(err, RPC_INVALID_REQUEST,
			      "\"method\" must be a string");
		return EBADMSG;
	}
	if (m->params && !json_is_object(m->params) &&
	    !json_is_array(m->params)) {
		rpc_error_set(err, RPC_INVALID_REQUEST,
			      "\"params\" must be an object");
		return EBADMSG;
	}
	m->type = m->id ? RPC_REQUEST : RPC_NOTIFICATION;

	return 0;
}


static int decode_object(struct rpc_msg *m, struct rpc_error *err)
{
	const char *v = json_string_value(json_object_get(m->root, "jsonrpc"));
	const json_t *method = json_object_get(m->root, "method");
	const json_t *eo = json_object_get(m->root, "error");

	m->id = json_object_get(m->root, "id");
	m->params = json_object_get(m->root, "params");
	m->result = json_object_get(m->root, "result");

	if (!v || strcmp(v, "2.0")) {
		rpc_error_set(err, RPC_INVALID_REQUEST,
			      "\"jsonrpc\" must be \"2.0\"");
		return EBADMSG;
	}

	if (m->id && !id_valid(m->id)) {
		m->id = NULL;
		rpc_error_set(err, RPC_INVALID_REQUEST,
			      "\"id\" must be a string or an integer");
		return EBADMSG;
	}

	if (method)
		return decode_call(m, method, err);

	if (json_is_object(eo) && m->id)
		return decode_error(m, eo, err);

	if (m->result && m->id) {
		m->type = RPC_RESULT;
		return 0;
	}

	rpc_error_set(err, RPC_INVALID_REQUEST,
		      "neither a request nor an answer");
	return EBADMSG;
}


/**
 * Decode one line (JSON-RPC 2.0 §4, §5)
 *
 * @param m    Message, to be given to rpc_msg_reset() if 0 is returned. With
 *             EBADMSG m->root and m->id may be set too, so that the error can
 *             be answered under the right id: reset it then as well.
 * @param line Text, with or without its newline
 * @param len  Octets
 * @param err  What to answer, set with EBADMSG and E2BIG
 *
 * @return 0, EBADMSG, E2BIG (longer than RPC_LINE_MAX), EINVAL
 */
int rpc_msg_decode(struct rpc_msg *m, const char *line, size_t len,
		   struct rpc_error *err)
{
	json_error_t jerr;

	if (!m || !line)
		return EINVAL;

	memset(m, 0, sizeof(*m));

	if (len > RPC_LINE_MAX) {
		rpc_error_set(err, RPC_INVALID_REQUEST,
			      "line longer than %d octets", RPC_LINE_MAX);
		return E2BIG;
	}

	if (too_deep(line, len)) {
		rpc_error_set(err, RPC_PARSE_ERROR,
			      "nested deeper than %d", RPC_DEPTH_MAX);
		return EBADMSG;
	}

	m->root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &jerr);
	if (!m->root) {
		rpc_error_set(err, RPC_PARSE_ERROR, "at octet %d: %s",
			      jerr.position, jerr.text);
		return EBADMSG;
	}

	if (!json_is_object(m->root)) {
		rpc_error_set(err, RPC_INVALID_REQUEST,
			      "a line holds one object (no batches)");
		return EBADMSG;
	}

	return decode_object(m, err);
}


/** Gives back what rpc_msg_decode() made */
void rpc_msg_reset(struct rpc_msg *m)
{
	if (!m)
		return;

	json_decref(m->root);
	memset(m, 0, sizeof(*m));
}


/* *need: what it takes, with the newline. EINVAL, E2BIG; 0: it fits */
static int dump(char *buf, size_t size, const json_t *root, size_t *need)
{
	size_t n = json_dumpb(root, buf, size - 1, JSON_COMPACT);

	*need = n + 1;
	if (!n)
		return EINVAL;
	if (*need > RPC_LINE_MAX)
		return E2BIG;
	return *need > size ? ENOBUFS : 0;
}


/* most lines fit the first time: JSON is written once */
static int encode(char **line, size_t *len, json_t *root)
{
	size_t need = LINE_GUESS;
	char *buf = NULL;
	int err = root ? ENOBUFS : ENOMEM;

	while (err == ENOBUFS) {
		const size_t size = need;

		free(buf);
		buf = malloc(size);
		err = buf ? dump(buf, size, root, &need) : ENOMEM;
	}
	json_decref(root);
	if (err) {
		free(buf);
		return err;
	}

	buf[need - 1] = '\n';
	*line	      = buf;
	*len	      = need;
	return 0;
}


/* the caller keeps `v`: json_pack's "O" takes a reference of its own */
static json_t *borrow(const json_t *v)
{
	return v ? (json_t *)(uintptr_t)v : NULL;
}


/**
 * Encode a request
 *
 * @param line   Gets the line with its newline, to be freed by the caller
 * @param len    Gets its length
 * @param id     Number the answer will carry
 * @param method Name
 * @param params Borrowed, may be NULL
 *
 * @return 0, E2BIG, ENOMEM, EINVAL
 */
int rpc_request_encode(char **line, size_t *len, uint64_t id,
		       const char *method, const json_t *params)
{
	if (!line || !len || !method)
		return EINVAL;

	return encode(line, len,
		      json_pack("{s:s, s:I, s:s, s:O*}", "jsonrpc", "2.0",
				"id", (json_int_t)id, "method", method,
				"params", borrow(params)));
}


/** Encode a notification; see rpc_request_encode() */
int rpc_notification_encode(char **line, size_t *len, const char *method,
			    const json_t *params)
{
	if (!line || !len || !method)
		return EINVAL;

	return encode(line, len,
		      json_pack("{s:s, s:s, s:O*}", "jsonrpc", "2.0", "method",
				method, "params", borrow(params)));
}


/** Encode a result; NULL stands for null; see rpc_request_encode() */
int rpc_result_encode(char **line, size_t *len, const json_t *id,
		      const json_t *result)
{
	if (!line || !len)
		return EINVAL;

	return encode(line, len,
		      json_pack("{s:s, s:O?, s:O?}", "jsonrpc", "2.0", "id",
				borrow(id), "result", borrow(result)));
}


/** Encode an error; id NULL where the request had none that could be read */
int rpc_error_encode(char **line, size_t *len, const json_t *id,
		     const struct rpc_error *err)
{
	json_t *root;

	if (!line || !len || !err)
		return EINVAL;

	root = json_pack("{s:s, s:O?, s:{s:i, s:s%}}", "jsonrpc", "2.0", "id",
			 borrow(id), "error", "code", err->code, "message",
			 err->message, strlen(err->message));
	if (!root) /* text that is no UTF-8 */
		root = json_pack("{s:s, s:O?, s:{s:i, s:s}}", "jsonrpc", "2.0",
				 "id", borrow(id), "error", "code", err->code,
				 "message", "error");
	return encode(line, len, root);
}
