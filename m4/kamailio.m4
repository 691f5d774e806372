dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl KAMAILIO_MODULE: where Kamailio's headers are, and the compile flags a
dnl module must share with the binary that loads it.
AC_DEFUN([KAMAILIO_MODULE], [
postern_want_kamailio=no
])
