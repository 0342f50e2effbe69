# SPDX-License-Identifier: BSD-2-Clause
#
# Hypercalls on a fake machine (tests/fake.mk) by libFuzzer:
#     make fuzz-hypercall [FUZZ_SECONDS=60]
# What it finds is left in build/fuzz/. New inputs go to build/fuzz/corpus-hypercall; a few that
# cover most are kept in tests/fuzz/corpus/hypercall, which `make test` replays.
ifndef FUZZ_HYPERCALL
FUZZ_HYPERCALL := $(O)/fuzz/hypercall
FUZZ_HYPERCALL_SEEDS := tests/fuzz/corpus/hypercall
FUZZ_HYPERCALL_CORPUS := $(O)/fuzz/corpus-hypercall
FUZZ_SECONDS ?= 60
FUZZ_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all
$(eval $(call FAKE_VARIANT,fake-fuzz,clang,$(FUZZ_FLAGS)))
# Inputs are chosen for what they reach in hv/; what they do in xsm/ only takes time.
$(O)/fake-fuzz/hv/%.o: FAKE_EXTRA := -fsanitize=fuzzer-no-link
$(O)/fake-fuzz/hv/arch/fake/%.o: FAKE_EXTRA :=

$(FUZZ_HYPERCALL): $(call fake_objs,fake-fuzz) $(O)/fake-fuzz/tests/fuzz/fuzz_hypercall.o \
        tests/fuzz/hypercall.mk | $(FAKE_POLICY)
	@mkdir -p $(@D)
	@echo "  FUZZ    $@"
	@clang $(FUZZ_FLAGS) -fsanitize=fuzzer $(FAKE_LDFLAGS) -o $@ $(filter %.o,$^) -lfdt

.PHONY: fuzz-hypercall
fuzz-hypercall: $(FUZZ_HYPERCALL)
	@mkdir -p $(FUZZ_HYPERCALL_CORPUS)
	@$(FUZZ_HYPERCALL) -max_total_time=$(FUZZ_SECONDS) -max_len=2048 -print_final_stats=1 \
	    -artifact_prefix=$(O)/fuzz/hypercall- $(FUZZ_HYPERCALL_CORPUS) $(FUZZ_HYPERCALL_SEEDS)
endif
