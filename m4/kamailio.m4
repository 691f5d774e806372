dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl Kamailio as the host of the module: where its headers are, the compile
dnl flags a module must share with the binary that loads it, and the proof
dnl that it will be loaded.

dnl KAMAILIO_MODULE(NAME)
dnl Sets postern_want_kamailio, and KAMAILIO, KAMAILIO_VERSION,
dnl KAMAILIO_CPPFLAGS, KAMAILIO_LDFLAGS and KAMAILIO_MODULEDIR for module NAME.
dnl What was asked for by name and can't be had is an error; what is merely on
dnl by default is left out, with the reason in the summary.
AC_DEFUN([KAMAILIO_MODULE], [
AC_ARG_VAR([KAMAILIO], [the kamailio binary that will load the module])
AC_ARG_WITH([kamailio-moduledir],
	[AS_HELP_STRING([--with-kamailio-moduledir=DIR],
		[install the module there (default: where Kamailio's own modules are)])],
	[KAMAILIO_MODULEDIR=$withval], [KAMAILIO_MODULEDIR=])
kamailio_fail=
kamailio_dir=
AS_IF([test "x$postern_want_kamailio" != xno], [
	AC_PATH_PROG([KAMAILIO], [kamailio], [], [$PATH:/usr/sbin:/usr/local/sbin])
	AS_IF([test -z "$KAMAILIO"],
		[kamailio_fail="no kamailio binary: apt-get install kamailio, or set KAMAILIO"])
	AS_IF([test -z "$kamailio_fail"], [_KAMAILIO_FLAGS([$1])])
	AS_IF([test -z "$kamailio_fail"], [_KAMAILIO_HEADERS])
	AS_IF([test -z "$kamailio_fail"], [_KAMAILIO_PROBE])
	AS_IF([test -z "$kamailio_fail"], [_KAMAILIO_MODULEDIR])
	AS_IF([test -n "$kamailio_fail"], [
		AS_IF([test "x${with_kamailio+set}" = xset],
			[AC_MSG_ERROR([--with-kamailio: $kamailio_fail])])
		postern_want_kamailio=no
		postern_why_kamailio=$kamailio_fail
	])
])
dnl make distcheck configures again: from the same headers, into its own prefix
AS_IF([test "x$postern_want_kamailio" = xno],
	[KAMAILIO_DISTCHECK=--without-kamailio],
	[KAMAILIO_DISTCHECK="--with-kamailio='$kamailio_dir' --with-kamailio-moduledir='\$\${libdir}/kamailio/modules'"])
AC_SUBST([KAMAILIO_DISTCHECK])
AC_SUBST([KAMAILIO_VERSION])
AC_SUBST([KAMAILIO_CPPFLAGS])
AC_SUBST([KAMAILIO_LDFLAGS])
AC_SUBST([KAMAILIO_MODULEDIR])
])

dnl What `kamailio -V` says, as -D flags. It prints "version: NAME VERSION
dnl (ARCH/OS) …", "flags: A, B, …" and "ADAPTIVE_WAIT_LOOPS n, …". The flags it
dnl does not print are those every build of Kamailio on Linux has.
AC_DEFUN([_KAMAILIO_FLAGS], [
AC_MSG_CHECKING([compile flags of $KAMAILIO])
kamailio_id=`$KAMAILIO -V 2>/dev/null | sed -n 's/^version: \(.* [[^ ]]* ([[^ ]]*\/[[^ ]]*)\).*/\1/p'`
kamailio_flags=`$KAMAILIO -V 2>/dev/null | sed -n 's/^flags: //p'`
kamailio_loops=`$KAMAILIO -V 2>/dev/null | sed -n 's/^ADAPTIVE_WAIT_LOOPS \([[0-9]]*\).*/\1/p'`
AS_IF([test -z "$kamailio_id" || test -z "$kamailio_flags"], [
	AC_MSG_RESULT([not understood])
	kamailio_fail="could not read the version and flags in the output of $KAMAILIO -V"
], [
	set dummy $kamailio_id
	kamailio_name=$[2]
	KAMAILIO_VERSION=$[3]
	kamailio_arch=`AS_ECHO(["$[4]"]) | sed 's/^(\(.*\)\/.*/\1/'`
	kamailio_os=`AS_ECHO(["$[4]"]) | sed 's/.*\/\(.*\))$/\1/'`
	kamailio_val=`AS_ECHO(["$KAMAILIO_VERSION"]) | awk -F. '{ print [$]1 * 1000000 + [$]2 * 1000 + [$]3 }'`
	KAMAILIO_CPPFLAGS="-DNAME='\"$kamailio_name\"' -DVERSION='\"$KAMAILIO_VERSION\"'"
	KAMAILIO_CPPFLAGS="$KAMAILIO_CPPFLAGS -DVERSIONVAL=$kamailio_val -DARCH='\"$kamailio_arch\"' -DOS_QUOTED='\"$kamailio_os\"'"
	KAMAILIO_CPPFLAGS="$KAMAILIO_CPPFLAGS -D__CPU_$kamailio_arch -D__OS_$kamailio_os -DOS=$kamailio_os -DMOD_NAME='\"$1\"' -DMOD_NAMEID=$1"
	AS_IF([test -n "$kamailio_loops"],
		[KAMAILIO_CPPFLAGS="$KAMAILIO_CPPFLAGS -DADAPTIVE_WAIT_LOOPS=$kamailio_loops"])
	KAMAILIO_CPPFLAGS="$KAMAILIO_CPPFLAGS -DCC_GCC_LIKE_ASM -DHAVE_GETHOSTBYNAME2 -DHAVE_UNION_SEMUN -DHAVE_SCHED_YIELD -DHAVE_EPOLL -DHAVE_SELECT -DHAVE_SIGIO_RT -DHAVE_MSGHDR_MSG_CONTROL -DHAVE_IP_MREQN -DHAVE_ALLOCA_H -DHAVE_TIMEGM -DSTATISTICS -DUSE_CORE_STATS -DMALLOC_STATS -DWITH_XAVP"
	kamailio_ifs=$IFS; IFS=', '
	for kamailio_f in $kamailio_flags; do
		IFS=$kamailio_ifs
		case $kamailio_f in
		FAST_LOCK-*-NOSMP)
			kamailio_f="FAST_LOCK NOSMP `AS_ECHO(["$kamailio_f"]) | sed 's/^FAST_LOCK-\(.*\)-NOSMP$/\1/'`" ;;
		*-*)
			kamailio_f=`AS_ECHO(["$kamailio_f"]) | tr - ' '` ;;
		TLS_PTHREAD_MUTEX_SHARED)
			kamailio_f=KSR_PTHREAD_MUTEX_SHARED ;;
		esac
		for kamailio_d in $kamailio_f; do
			KAMAILIO_CPPFLAGS="$KAMAILIO_CPPFLAGS -D$kamailio_d"
		done
	done
	IFS=$kamailio_ifs
	dnl Kamailio finds these by name; all else stays inside the module
	KAMAILIO_LDFLAGS="-module -avoid-version -shared -export-symbols-regex '^(exports|mod_register|module_version|module_flags|module_interface_ver)\$\$'"
	AC_MSG_RESULT([version $KAMAILIO_VERSION])
])
])

dnl The source tree (or the headers of one), and whether it is of the same
dnl version as the binary: nothing else notices if it is not.
AC_DEFUN([_KAMAILIO_HEADERS], [
AC_MSG_CHECKING([headers of Kamailio $KAMAILIO_VERSION])
kamailio_get="run tools/kamailio-headers to fetch Debian's, or give --with-kamailio=DIR, the source tree Kamailio was built from"
AS_IF([test "x$postern_want_kamailio" != xyes],
	[kamailio_dir=$postern_want_kamailio],
	[kamailio_dir=${KAMAILIO_SOURCE_DIR-/usr/local/src/postern/kamailio-$KAMAILIO_VERSION}])
kamailio_tree=`sed -n 's/^[[[:space:]]]*\(VERSION\|PATCHLEVEL\|SUBLEVEL\|EXTRAVERSION\)[[[:space:]]]*=[[[:space:]]]*//p' "$kamailio_dir/src/Makefile.defs" 2>/dev/null | head -n 4 | awk 'NR < 4 { v = v (NR > 1 ? "." : "") [$]1 } NR == 4 { v = v [$]1 } END { print v }'`
AS_IF([test ! -f "$kamailio_dir/src/core/sr_module.h"], [
	AC_MSG_RESULT([no])
	kamailio_fail="there is no src/core/sr_module.h in $kamailio_dir: $kamailio_get"
], [test "x$kamailio_tree" != "x$KAMAILIO_VERSION"], [
	AC_MSG_RESULT([$kamailio_dir is of another version])
	kamailio_fail="$kamailio_dir has the headers of Kamailio ${kamailio_tree:-of an unknown version}, but $KAMAILIO is $KAMAILIO_VERSION: $kamailio_get"
], [
	AC_MSG_RESULT([$kamailio_dir])
	KAMAILIO_CPPFLAGS="-isystem $kamailio_dir/src $KAMAILIO_CPPFLAGS"
])
])

dnl Kamailio loads a module only if its version and flags strings are those of
dnl the binary. They come from the headers and the flags; see what they are.
AC_DEFUN([_KAMAILIO_PROBE], [
AC_MSG_CHECKING([whether Kamailio would load a module built so])
cat > conftest_kamailio.c <<'_ACEOF'
#include <stdio.h>
#include "core/sr_module.h"
int main(void)
{
	printf("%s|%s\n", SER_FULL_VERSION, SER_COMPILE_FLAGS);
	return 0;
}
_ACEOF
dnl only macros are used of what the headers declare: nothing to link with
eval "set dummy $KAMAILIO_CPPFLAGS"; shift
kamailio_said=
AS_IF([$CC -std=gnu11 -O1 "$[@]" -o conftest_kamailio conftest_kamailio.c >conftest_kamailio.log 2>&1], [
	kamailio_said=`./conftest_kamailio`
	AS_IF([test "x$kamailio_said" = "x$kamailio_id|$kamailio_flags"], [AC_MSG_RESULT([yes])], [
		AC_MSG_RESULT([no])
		AS_ECHO(["kamailio: $kamailio_id|$kamailio_flags"]) >&AS_MESSAGE_LOG_FD
		AS_ECHO(["module:   $kamailio_said"]) >&AS_MESSAGE_LOG_FD
		kamailio_fail="a module built with these headers would be refused (module compile flags mismatch; config.log has both lines): give the source tree this Kamailio was built from with --with-kamailio=DIR"
	])
], [
	AC_MSG_RESULT([no])
	cat conftest_kamailio.log >&AS_MESSAGE_LOG_FD
	kamailio_fail="Kamailio's headers in $kamailio_dir do not compile (config.log says why): give the source tree this Kamailio was built from with --with-kamailio=DIR"
])
rm -f conftest_kamailio conftest_kamailio.c conftest_kamailio.log
])

dnl Where Kamailio looks for modules; tm.so is always there
AC_DEFUN([_KAMAILIO_MODULEDIR], [
AC_MSG_CHECKING([where Kamailio's modules are])
AS_IF([test -z "$KAMAILIO_MODULEDIR"], [
	kamailio_prefix=`AS_DIRNAME(["$KAMAILIO"])`
	kamailio_prefix=`AS_DIRNAME(["$kamailio_prefix"])`
	kamailio_multiarch=`$CC -print-multiarch 2>/dev/null`
	for kamailio_d in "$kamailio_prefix/lib/$kamailio_multiarch/kamailio/modules" \
		"$kamailio_prefix/lib64/kamailio/modules" "$kamailio_prefix/lib/kamailio/modules"; do
		AS_IF([test -f "$kamailio_d/tm.so"], [KAMAILIO_MODULEDIR=$kamailio_d; break])
	done
	AS_IF([test -z "$KAMAILIO_MODULEDIR"], [KAMAILIO_MODULEDIR='${libdir}/kamailio/modules'])
])
AC_MSG_RESULT([$KAMAILIO_MODULEDIR])
])
