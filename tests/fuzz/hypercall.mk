# SPDX-License-Identifier: BSD-2-Clause
#
# Hypercalls on a fake machine (tests/fake.mk).
$(eval $(call FAKE_VARIANT,fake-fuzz,$(FUZZ_CC),$(FUZZ_FLAGS)))
# Inputs are chosen for what they reach in hv/; what they do in xsm/ only takes time.
$(O)/fake-fuzz/hv/%.o: FAKE_EXTRA := -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp
$(O)/fake-fuzz/hv/arch/fake/%.o: FAKE_EXTRA :=

FUZZERS += $(O)/fuzz/hypercall
$(O)/fuzz/hypercall: $(call fake_objs,fake-fuzz) $(O)/fake-fuzz/tests/fuzz/fuzz_hypercall.o \
        tests/fuzz/hypercall.mk | $(FAKE_POLICY)
	@mkdir -p $(@D)
	@echo "  FUZZ    $@"
	@$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer $(FAKE_LDFLAGS) -o $@ $(filter %.o,$^) -lfdt
