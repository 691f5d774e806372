/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file privilege.c  What the process may do, taken once and given up
 *
 * main() calls these in order. Owns no state.
 */
#include "config.h"
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "log/log.h"
#include "daemon/privilege.h"


#define ROOM "start"

enum {
	PATH_LEN = 256,
};


/**
 * Raise the number of descriptors the process may hold
 *
 * @param want How many would be good
 *
 * @return How many it may hold now
 */
uint32_t privilege_nofile(uint32_t want)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) < 0)
		return 1024;

	if (rl.rlim_cur < want) {
		const rlim_t before = rl.rlim_max;

		rl.rlim_cur = want;
		if (rl.rlim_max < want)
			rl.rlim_max = want;

		/* only root may go over the hard limit */
		if (setrlimit(RLIMIT_NOFILE, &rl) < 0) {
			rl.rlim_cur = rl.rlim_max = before;
			(void)setrlimit(RLIMIT_NOFILE, &rl);
		}

		(void)getrlimit(RLIMIT_NOFILE, &rl);
	}

	return rl.rlim_cur < want ? (uint32_t)rl.rlim_cur : want;
}


/**
 * Make the directory something will stand in, if it isn't there
 *
 * @param path Path of what will stand in it
 * @param user Who shall own it, "": we
 *
 * @return 0 or an errno
 */
int privilege_rundir(const char *path, const char *user)
{
	char dir[PATH_LEN];
	const struct passwd *pw;
	char *slash;

	(void)snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (!slash || slash == dir)
		return 0;
	*slash = '\0';

	if (mkdir(dir, 0755) < 0)
		return errno == EEXIST ? 0 : errno;

	pw = user[0] ? getpwnam(user) : NULL;
	if (pw && chown(dir, pw->pw_uid, pw->pw_gid) < 0)
		return errno;

	return 0;
}


/**
 * Become another user for good; nothing if we aren't root
 *
 * @param user User, "": stay who we are
 *
 * @return 0 or an errno
 */
int privilege_drop(const char *user)
{
	const struct passwd *pw;

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	if (!user[0] || geteuid() != 0)
		return 0;

	errno = 0;
	pw = getpwnam(user);
	if (!pw) {
		log_error(ROOM, "there is no user \"%s\"", user);
		return errno ? errno : ENOENT;
	}

	if (initgroups(pw->pw_name, pw->pw_gid) < 0 ||
	    setgid(pw->pw_gid) < 0 || setuid(pw->pw_uid) < 0)
		return errno;

	/* it must not be possible to come back */
	if (pw->pw_uid != 0 && !setuid(0))
		return EPERM;

	return 0;
}
