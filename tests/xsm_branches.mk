# SPDX-License-Identifier: BSD-2-Clause
#
# Which branches of xsm/ do the host tests take? xsm/ is compiled once more, without optimisation
# and counted; the tests of xsm.mk and fake.mk, the comparison with libsepol and the corpus of the
# fuzz target are linked with that. docs/testing-xsm.md has what none of them takes.
BRANCHES := $(O)/branches
BRANCHES_OBJS := $(XSM_SRCS:%.c=$(BRANCHES)/%.o)
BRANCHES_CFLAGS := $(filter-out -O%,$(XSM_TEST_CFLAGS)) -O0 --coverage -fprofile-update=atomic

BRANCHES_UNIT := $(XSM_UNIT:%=$(BRANCHES)/%)
BRANCHES_ORACLE := $(BRANCHES)/test_xsm_oracle $(BRANCHES)/compare_policies
BRANCHES_FAKE := $(FAKE_TESTS:%=$(BRANCHES)/%)
BRANCHES_PROGRAMS := $(BRANCHES_UNIT) $(BRANCHES_ORACLE) $(BRANCHES_FAKE) $(BRANCHES)/replay

$(BRANCHES)/xsm/%.o: xsm/%.c $(CONFIG) tests/xsm_branches.mk
	@mkdir -p $(@D)
	@echo "  HOSTCC  $< (branches)"
	@$(HOSTCC) $(BRANCHES_CFLAGS) $(DEPFLAGS) -c $< -o $@

$(BRANCHES_PROGRAMS): $(BRANCHES_OBJS) tests/xsm_branches.mk
$(BRANCHES_UNIT): $(BRANCHES)/%: $(O)/tests/xsm/%.o $(O)/tests/xsm/xsm_fixture.o \
        | $(ORACLE_POLICIES) $(FIELD_POLICIES)
	@echo "  TEST    $@"
	@$(HOSTCC) $(BRANCHES_SANITIZE) $(filter %.o,$^) -o $@ --coverage -lcmocka
$(XSM_SANITIZED:$(O)/tests/%=$(BRANCHES)/%): BRANCHES_SANITIZE := $(LCM_TEST_FLAGS)

$(addprefix $(BRANCHES)/test_xsm_,fields limits): $(O)/tests/xsm/policy_fields.o

$(BRANCHES_ORACLE): $(BRANCHES)/%: $(O)/tests/oracle/%.o $(ORACLE_OBJS) | $(ORACLE_POLICIES)
	@echo "  TEST    $@"
	@$(HOSTCC) $(filter %.o,$^) -o $@ --coverage -lcmocka -l:libsepol.a

# All but xsm/ as it is in the test itself.
$(BRANCHES_FAKE): $(BRANCHES)/test_fake_%: $(O)/tests/test_fake_%
	@echo "  TEST    $@"
	@$(HOSTCC) $(FAKE_SANITIZE) $(FAKE_LDFLAGS) --coverage -o $@ \
	    $(filter-out $(O)/fake/xsm/%,$(call fake_objs,fake)) $(BRANCHES_OBJS) \
	    $(O)/fake/tests/unit/test_fake_$*.o $(BRANCHES_CPUS) -lcmocka -lfdt
$(FAKE_THREAD_TESTS:%=$(BRANCHES)/%): BRANCHES_CPUS := $(call storm_objs,fake)
$(FAKE_TURNS_TESTS:%=$(BRANCHES)/test_fake_%): BRANCHES_CPUS := $(O)/fake/tests/unit/hv_turns.o
$(FAKE_TURNS_TESTS:%=$(BRANCHES)/test_fake_%): FAKE_LDFLAGS += $(FAKE_TURNS_WRAP)
$(BRANCHES)/test_fake_changed: FAKE_LDFLAGS += -Wl,--wrap=xsm_ask

$(BRANCHES)/replay: tests/fuzz/replay.c tests/fuzz/fuzz_policy.c tests/fuzz/fuzz.h
	@echo "  TEST    $@"
	@$(HOSTCC) $(HOST_CFLAGS) $(filter %.c,$^) $(BRANCHES_OBJS) -o $@ --coverage

##@ Proving it
.PHONY: branches
branches: $(DEPS) ## which branches of xsm/ do host tests take? A table by file
	@+$(MAKE) --no-print-directory $(BRANCHES_PROGRAMS)
	@tests/branches $(BRANCHES) $(sort $(BRANCHES_PROGRAMS))
