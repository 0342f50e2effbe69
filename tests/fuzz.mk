# SPDX-License-Identifier: BSD-2-Clause
#
# Fuzz targets (libFuzzer). Each adds itself to FUZZERS as $(O)/fuzz/NAME; its corpus is in
# tests/fuzz/corpus/NAME. A target with rules of its own has them in tests/fuzz/NAME.mk.
FUZZ_CC    := clang
FUZZ_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZERS    := $(addprefix $(O)/fuzz/,bootconf elf lcm multiboot policy unpack)
-include $(sort $(wildcard tests/fuzz/*.mk))

.PRECIOUS: $(O)/fuzz/obj/%.o
$(O)/fuzz/obj/%.o: %.c $(CONFIG)
	@mkdir -p $(@D)
	@echo "  FUZZCC  $<"
	@$(FUZZ_CC) $(HOST_CFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link $(DEPFLAGS) -c $< -o $@

fuzz_objs = $(patsubst %.c,$(O)/fuzz/obj/%.o,$(1))
$(O)/fuzz/bootconf:  $(call fuzz_objs,tests/fuzz/fuzz_bootconf.c \
    $(addprefix tools/guests/bw-boot/,config.c plan.c report.c scene.c words.c))
$(O)/fuzz/elf:       $(call fuzz_objs,tests/fuzz/fuzz_elf.c hv/domain/elf.c)
$(O)/fuzz/lcm:       $(call fuzz_objs,tests/fuzz/fuzz_lcm.c $(LCM_SRCS))
$(O)/fuzz/multiboot: $(call fuzz_objs,tests/fuzz/fuzz_multiboot.c hv/boot/multiboot.c)
$(O)/fuzz/policy:    $(call fuzz_objs,tests/fuzz/fuzz_policy.c $(XSM_SRCS))
$(O)/fuzz/unpack:    $(call fuzz_objs,tests/fuzz/fuzz_unpack.c $(UNPACK_PORTABLE))
$(addprefix $(O)/fuzz/,bootconf elf lcm multiboot policy unpack):
	@$(FUZZ_CC) -fsanitize=fuzzer $(FUZZ_FLAGS) -o $@ $^ -lfdt

##@ Proving it
TARGET  ?= $(notdir $(FUZZERS))
SECONDS ?= 60
.PHONY: fuzz fuzz-corpus
fuzz: $(FUZZERS) ## fuzz TARGET (default: each) for SECONDS (default 60)
	@tests/fuzz/run $(SECONDS) $(TARGET)

# From what compilers make, what was found since, and the corpus: the least that reaches as much.
fuzz-corpus: $(FUZZERS) $(LCM_BLOBS) $(ORACLE_POLICIES) $(O)/tests/pack_bzimage
	@tests/fuzz/seeds $(O)/fuzz/seeds
	@tests/fuzz/minimise $(TARGET)
