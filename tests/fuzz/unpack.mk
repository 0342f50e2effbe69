# SPDX-License-Identifier: BSD-2-Clause
FUZZERS += $(O)/fuzz/unpack
$(O)/fuzz/unpack: HOST_CFLAGS_EXTRA :=
$(O)/fuzz/unpack: $(call fuzz_objs,tests/fuzz/fuzz_unpack.c $(filter-out %/main.c %/xen.c,$(UNPACK_SRCS)))
	@$(FUZZ_CC) -fsanitize=fuzzer $(FUZZ_FLAGS) -o $@ $^
