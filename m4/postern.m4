dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl Postern's own configure macros: which programs are built and why not,
dnl warnings, sanitizers, fuzz targets, and the summary at the end.

dnl POSTERN_PROGRAM(NAME, WHAT, DEFAULT): --with-NAME/--without-NAME
AC_DEFUN([POSTERN_PROGRAM], [
AC_ARG_WITH([$1],
	[AS_HELP_STRING([--without-$1], [leave out $2])],
	[postern_want_$1=$withval], [postern_want_$1=$3])
postern_why_$1=""
])

AC_DEFUN([POSTERN_WARNINGS], [
POSTERN_CFLAGS="-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wno-format-nonliteral -Wno-missing-field-initializers -fno-strict-aliasing -fstack-protector-strong"
AC_ARG_ENABLE([werror],
	[AS_HELP_STRING([--enable-werror], [make warnings errors (CI and tools/check do)])],
	[], [enable_werror=no])
AS_IF([test "x$enable_werror" = xyes], [POSTERN_CFLAGS="$POSTERN_CFLAGS -Werror"])
AC_SUBST([POSTERN_CFLAGS])
])

AC_DEFUN([POSTERN_SANITIZE], [
AC_ARG_ENABLE([sanitizers],
	[AS_HELP_STRING([--enable-sanitizers], [build with AddressSanitizer and UndefinedBehaviorSanitizer])],
	[], [enable_sanitizers=no])
AS_IF([test "x$enable_sanitizers" = xyes],
	[POSTERN_SANFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g -O1"])
AC_SUBST([POSTERN_SANFLAGS])
AM_CONDITIONAL([SANITIZERS], [test "x$enable_sanitizers" = xyes])
])

AC_DEFUN([POSTERN_FUZZ], [
AC_ARG_ENABLE([fuzz],
	[AS_HELP_STRING([--enable-fuzz], [build the libFuzzer targets (needs CC=clang)])],
	[], [enable_fuzz=no])
AS_IF([test "x$enable_fuzz" = xyes], [
	POSTERN_SANFLAGS="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g -O1"
	postern_saved_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS $POSTERN_SANFLAGS"
	AC_MSG_CHECKING([whether $CC can build fuzz targets])
	AC_LINK_IFELSE([AC_LANG_PROGRAM], [AC_MSG_RESULT([yes])], [
		AC_MSG_RESULT([no])
		AC_MSG_ERROR([--enable-fuzz needs clang and its runtime: apt-get install clang libclang-rt-14-dev, then ./configure CC=clang --enable-fuzz])
	])
	CFLAGS=$postern_saved_CFLAGS
	FUZZ_LIBS=-fsanitize=fuzzer
])
AC_SUBST([FUZZ_LIBS])
AM_CONDITIONAL([FUZZ], [test "x$enable_fuzz" = xyes])
])

dnl POSTERN_NEED(PROGRAM, VARIABLE, SENTENCE): PROGRAM can't be built
dnl unless VARIABLE is yes; SENTENCE tells the reader what to do. Asked for by
dnl name (--with-PROGRAM) that is an error, otherwise it is left out.
AC_DEFUN([POSTERN_NEED], [
AS_IF([test "x$postern_want_$1" != xno && test "x$$2" != xyes], [
	AS_IF([test "x${with_$1+set}" = xset], [AC_MSG_ERROR([--with-$1: $3])])
	postern_want_$1=no
	postern_why_$1="$3"
])
])

AC_DEFUN([POSTERN_DECIDE], [
POSTERN_NEED([relay], [have_libre], [libre is missing: apt-get install libre-dev])
POSTERN_NEED([relay], [have_openssl], [OpenSSL 3 is missing: apt-get install libssl-dev])
POSTERN_NEED([agent], [have_libre], [libre is missing: apt-get install libre-dev])
POSTERN_NEED([agent], [have_openssl], [OpenSSL 3 is missing: apt-get install libssl-dev])
POSTERN_NEED([ctl], [have_libre], [libre is missing: apt-get install libre-dev])
dnl the codec reads asn1c's tables, which look different in other versions
AS_IF([test "x$ASN1C" != x && "$ASN1C" -v 2>&1 | grep 'v0\.9\.28' >/dev/null],
	[have_asn1c=yes], [have_asn1c=no])
POSTERN_NEED([h323gw], [have_pcap], [libpcap is missing: apt-get install libpcap-dev])
POSTERN_NEED([h323gw], [have_asn1c], [asn1c 0.9.28 is missing: apt-get install asn1c])
AS_IF([test "x$BPF_CLANG" != x], [have_clang=yes], [have_clang=no])
AS_IF([test "x$BPFTOOL" != x], [have_bpftool=yes], [have_bpftool=no])
POSTERN_NEED([bpf], [have_libbpf], [libbpf is missing: apt-get install libbpf-dev])
POSTERN_NEED([bpf], [have_clang], [clang is missing: apt-get install clang])
POSTERN_NEED([bpf], [have_bpftool], [bpftool is missing: apt-get install bpftool])
AS_IF([test "x$postern_want_bpf" != xno],
	[AC_DEFINE([HAVE_BPF], [1], [the relay has its kernel path])])
POSTERN_NEED([uring], [have_uring], [liburing is missing: apt-get install liburing-dev])
AS_IF([test "x$postern_want_uring" != xno],
	[AC_DEFINE([HAVE_URING], [1], [the relay may read sockets by io_uring])])
KAMAILIO_MODULE([traversal])
AM_CONDITIONAL([HAVE_BPF], [test "x$postern_want_bpf" != xno])
AM_CONDITIONAL([HAVE_URING], [test "x$postern_want_uring" != xno])
AM_CONDITIONAL([HAVE_LIBRE], [test "x$have_libre" = xyes])
AM_CONDITIONAL([HAVE_OPENSSL], [test "x$have_openssl" = xyes])
AM_CONDITIONAL([HAVE_CMOCKA], [test "x$have_cmocka" = xyes])
AM_CONDITIONAL([BUILD_RELAY], [test "x$postern_want_relay" != xno])
AM_CONDITIONAL([BUILD_AGENT], [test "x$postern_want_agent" != xno])
AM_CONDITIONAL([BUILD_CTL], [test "x$postern_want_ctl" != xno])
AM_CONDITIONAL([BUILD_H323GW], [test "x$postern_want_h323gw" != xno])
AM_CONDITIONAL([BUILD_KAMAILIO], [test "x$postern_want_kamailio" != xno])
])

AC_DEFUN([POSTERN_SUMMARY_LINE], [
AS_IF([test "x$postern_want_$1" != xno], [postern_say=yes],
	[postern_say="no${postern_why_$1:+ ($postern_why_$1)}"])
AS_ECHO(["  $2: $postern_say"])
])

AC_DEFUN([POSTERN_SUMMARY], [
AS_ECHO([""])
AS_ECHO(["Postern $PACKAGE_VERSION will build:"])
POSTERN_SUMMARY_LINE([relay], [postern-relay])
POSTERN_SUMMARY_LINE([bpf], [kernel path of the relay])
POSTERN_SUMMARY_LINE([uring], [io_uring in the relay])
POSTERN_SUMMARY_LINE([agent], [postern-agent])
POSTERN_SUMMARY_LINE([ctl], [posternctl])
POSTERN_SUMMARY_LINE([kamailio], [traversal.so for Kamailio])
POSTERN_SUMMARY_LINE([h323gw], [h323gw and h323dump])
AS_IF([test "x$have_cmocka" = xyes], [postern_say=yes],
	[postern_say="no (apt-get install libcmocka-dev)"])
AS_ECHO(["  unit tests: $postern_say"])
AS_ECHO(["  sanitizers: $enable_sanitizers, warnings as errors: $enable_werror"])
AS_ECHO([""])
])
