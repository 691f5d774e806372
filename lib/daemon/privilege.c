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
#include <sys/syscall.h>
#include <linux/capability.h>
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


/* Of what we may do, only this is left, and no program we start has it */
static int caps_limit(uint64_t keep)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[2];
	size_t i;

	if (syscall(SYS_capget, &h, d) < 0)
		return errno;

	for (i = 0; i < 2; i++) {
		d[i].permitted &= (uint32_t)(keep >> 32 * i);
		d[i].effective	 = d[i].permitted;
		d[i].inheritable = 0;
	}
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);

	return syscall(SYS_capset, &h, d) < 0 ? errno : 0;
}


static int user_set(const char *user)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(user);
	if (!pw) {
		log_error(ROOM, "there is no user \"%s\"", user);
		return errno ? errno : ENOENT;
	}

	if (initgroups(pw->pw_name, pw->pw_gid) < 0 ||
	    setgid(pw->pw_gid) < 0 || setuid(pw->pw_uid) < 0)
		return errno;

	return 0;
}


/**
 * Become another user for good, and keep certain capabilities. Who isn't root
 * stays who he is, and keeps of his capabilities no others.
 *
 * @param user User, "": stay who we are; root keeps all rights then
 * @param keep 1 << CAP_... for each one to keep, as far as we have it
 *
 * @return 0 or an errno
 */
int privilege_drop_but(const char *user, uint64_t keep)
{
	int err = 0;

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	if (geteuid() == 0) {
		if (!user[0])
			return 0;

		if (keep)
			(void)prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
		err = user_set(user);
	}
	if (!err)
		err = caps_limit(keep);

	/* it must not be possible to come back */
	if (!err && user[0] && geteuid() != 0 && !setuid(0))
		err = EPERM;

	return err;
}


/**
 * Become another user for good, without any capability
 *
 * @param user User, "": stay who we are; root keeps all rights then
 *
 * @return 0 or an errno
 */
int privilege_drop(const char *user)
{
	return privilege_drop_but(user, 0);
}
