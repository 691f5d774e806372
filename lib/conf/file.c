/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file file.c  A configuration file, from disk to memory
 *
 * Owns the file's text while it is read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "conf/conf.h"


static int file_load(char **bufp, size_t *lenp, const char *path)
{
	char *buf = NULL;
	size_t len = 0;
	struct stat st;
	int fd, err = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;

	if (fstat(fd, &st))
		err = errno;
	else if (S_ISDIR(st.st_mode))
		err = EISDIR;
	else if (!(buf = malloc(CONF_FILE_MAX + 1)))
		err = ENOMEM;

	while (!err && len <= CONF_FILE_MAX) {
		const ssize_t n = read(fd, buf + len, CONF_FILE_MAX + 1 - len);

		if (n < 0 && errno != EINTR)
			err = errno;
		else if (n == 0)
			break;
		else if (n > 0)
			len += (size_t)n;
	}

	close(fd);

	if (!err && len > CONF_FILE_MAX)
		err = EFBIG;

	if (err) {
		free(buf);
		return err;
	}

	*bufp = buf;
	*lenp = len;

	return 0;
}


int conf_read(struct conf **cp, const char *path, const struct conf_key *keys,
	      size_t nkeys, conf_error_h *errorh, void *arg)
{
	char *buf = NULL, text[512];
	size_t len = 0;
	int err;

	if (!cp || !path)
		return EINVAL;

	err = file_load(&buf, &len, path);
	if (err) {
		(void)snprintf(text, sizeof(text), "%.400s: %s", path,
			       strerror(err));
		if (errorh)
			errorh(text, arg);
		return err;
	}

	err = conf_read_buf(cp, path, buf, len, keys, nkeys, errorh, arg);
	free(buf);

	return err;
}
