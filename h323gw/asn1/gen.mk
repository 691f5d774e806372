# SPDX-License-Identifier: GPL-2.0-or-later
# Run in the folder of what asn1c made: compiles it all into $(LIB).
# asn1c's run time declares one function that it does not have.
OBJECTS = $(patsubst %.c,%.o,$(wildcard *.c)) missing.lo
$(LIB): $(OBJECTS)
	rm -f $@
	$(AR) cr $@ $^
	$(RANLIB) $@
%.o: %.c
	$(CC) -w -O1 -I. -c -o $@ $<
missing.lo:
	echo 'void SET_OF_encode_uper(void) { }' | $(CC) -w -x c -c -o $@ -
