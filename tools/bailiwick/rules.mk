# SPDX-License-Identifier: BSD-2-Clause
# The host command.
BAILIWICK_OBJS := $(patsubst %.c,$(O)/host/%.o,$(sort $(wildcard tools/bailiwick/*.c)))

# The top Makefile defines PORTABLE_LIB after it has read this file.
.SECONDEXPANSION:
$(O)/bailiwick: $(BAILIWICK_OBJS) $$(PORTABLE_LIB)
	@echo "  HOSTLD  $@"
	@$(HOSTCC) $(HOST_CFLAGS_EXTRA) -o $@ $(BAILIWICK_OBJS) $(PORTABLE_LIB) \
	    -lfdt -ljansson -lz -llzma -llz4 -lzstd
