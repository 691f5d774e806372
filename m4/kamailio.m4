dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl KAMAILIO_MODULE: where Kamailio's headers are, and the compile flags a
dnl module must share with the binary that loads it.
dnl
dnl Sets postern_want_kamailio to no, with postern_why_kamailio, when the
dnl module can't be built and --with-kamailio did not ask for it by name.
dnl Substitutes KAMAILIO_CPPFLAGS and KAMAILIO_MODULEDIR.

dnl KAMAILIO_CANT(SENTENCE): an error if the module was asked for by name
AC_DEFUN([KAMAILIO_CANT], [
AS_CASE([$kamailio_asked],
	[yes], [AC_MSG_ERROR([traversal.so can't be built: $1])],
	[postern_want_kamailio=no; postern_why_kamailio="$1"])
])

AC_DEFUN([KAMAILIO_MODULE], [
AC_ARG_WITH([kamailio-moduledir],
	[AS_HELP_STRING([--with-kamailio-moduledir=DIR],
		[where the installed Kamailio looks for modules])],
	[KAMAILIO_MODULEDIR=$withval],
	[KAMAILIO_MODULEDIR=
	for d in /usr/lib/*/kamailio/modules /usr/lib64/kamailio/modules \
			/usr/lib/kamailio/modules /usr/local/lib*/kamailio/modules; do
		AS_IF([test -f "$d/tm.so"], [KAMAILIO_MODULEDIR=$d; break])
	done
	AS_IF([test -z "$KAMAILIO_MODULEDIR"],
		[KAMAILIO_MODULEDIR='${libdir}/kamailio/modules'])])
AC_SUBST([KAMAILIO_MODULEDIR])

AS_CASE([$with_kamailio],
	[""], [kamailio_asked=no],
	[yes], [kamailio_asked=yes],
	[no], [kamailio_asked=no],
	[kamailio_asked=yes; kamailio_dir=$with_kamailio])

AS_IF([test "x$postern_want_kamailio" != xno], [
	postern_want_kamailio=yes
	AC_PATH_PROG([KAMAILIO], [kamailio], [], [$PATH:/usr/sbin:/usr/local/sbin])
	AS_IF([test -z "$KAMAILIO"],
		[KAMAILIO_CANT([kamailio is not installed: apt-get install kamailio])],
		[KAMAILIO_HEADERS_FIND])
])
])

AC_DEFUN([KAMAILIO_HEADERS_FIND], [
kamailio_version=`$KAMAILIO -V | $AWK '/^version:/ { print [$]3; exit }'`
AC_MSG_CHECKING([for the headers of kamailio $kamailio_version])
AS_IF([test -z "$kamailio_dir"],
	[kamailio_dir=/usr/local/src/postern/kamailio-$kamailio_version])
AS_IF([test -f "$kamailio_dir/src/core/sr_module.h"],
	[AC_MSG_RESULT([$kamailio_dir])
	KAMAILIO_FLAGS_PROVE],
	[AC_MSG_RESULT([no])
	KAMAILIO_CANT([no src/core/sr_module.h in $kamailio_dir: run tools/kamailio-headers, or give --with-kamailio=DIR with the source of kamailio $kamailio_version])])
])

dnl A program that includes Kamailio's version header under our flags must
dnl print what the binary says of itself; the binary compares these two when it
dnl loads a module.
AC_DEFUN([KAMAILIO_FLAGS_PROVE], [
$KAMAILIO -V | sh "$srcdir/tools/kamailio-flags" > kamailio_flags.h
KAMAILIO_CPPFLAGS="-include `pwd`/kamailio_flags.h -isystem $kamailio_dir/src"
AC_SUBST([KAMAILIO_CPPFLAGS])
AC_MSG_CHECKING([whether kamailio would load a module built with these flags])
kamailio_want=`$KAMAILIO -V | $AWK '
	/^version:/ { v = [$]2 " " [$]3 " " [$]4 }
	/^flags:/ { sub(/^flags: */, ""); f = [$]0 }
	END { print v "|" f }'`
kamailio_saved_CPPFLAGS=$CPPFLAGS
CPPFLAGS="$CPPFLAGS $KAMAILIO_CPPFLAGS"
AC_RUN_IFELSE([AC_LANG_PROGRAM([[
#include <stdio.h>
#include "core/ver_defs.h"
]], [[
	FILE *f = fopen("conftest.out", "w");
	if (!f)
		return 1;
	fprintf(f, "%s|%s\n", SER_FULL_VERSION, SER_COMPILE_FLAGS);
	return fclose(f) != 0;
]])], [kamailio_got=`cat conftest.out`], [kamailio_got="(does not compile: see config.log)"],
	[kamailio_got=$kamailio_want])
rm -f conftest.out
AS_IF([test "x$kamailio_got" = "x$kamailio_want"], [
	AC_MSG_RESULT([yes])
	KAMAILIO_HEADERS_MATCH
], [
	AC_MSG_RESULT([no])
	AC_MSG_NOTICE([kamailio has: $kamailio_want])
	AC_MSG_NOTICE([module gets:  $kamailio_got])
	KAMAILIO_CANT([$KAMAILIO would refuse it (module compile flags mismatch, see above): give --with-kamailio=DIR with the source of the kamailio that is installed])
])
CPPFLAGS=$kamailio_saved_CPPFLAGS
])

dnl The flags can't tell headers of another release apart, as they come from the
dnl binary; the source tree's own Makefile, or the folder's stamp, can.
AC_DEFUN([KAMAILIO_HEADERS_MATCH], [
AC_MSG_CHECKING([whether the headers are of kamailio $kamailio_version])
AS_IF([test -f "$kamailio_dir/src/Makefile.defs"],
	[kamailio_tree=`$AWK -F '@<:@ =\t@:>@+' '
		/^VERSION *=/ { v = [$]2 } /^PATCHLEVEL *=/ { p = [$]2 }
		/^SUBLEVEL *=/ { s = [$]2 } END { print v "." p "." s }' \
		"$kamailio_dir/src/Makefile.defs"`],
	[test -f "$kamailio_dir/.complete"],
	[kamailio_tree=`cat "$kamailio_dir/.complete"`],
	[kamailio_tree=unknown])
AS_IF([test "x$kamailio_tree" = "x$kamailio_version"],
	[AC_MSG_RESULT([yes])],
	[AC_MSG_RESULT([no: $kamailio_tree])
	KAMAILIO_CANT([the headers in $kamailio_dir are of kamailio $kamailio_tree, installed is $kamailio_version: run tools/kamailio-headers])])
])
