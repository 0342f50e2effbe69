# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of xsm/ and policy/.

XSM_OBJS := $(XSM_SRCS:%.c=$(O)/host/%.o)
TEST_POLICIES := $(O)/tests/policy

UNIT_TESTS += $(O)/tests/test_xsm_oracle

# The shipped policies in both formats, and every feature in every state of its booleans.
ORACLE_SYSTEMS := $(patsubst policy/systems/%/system.te,%,$(wildcard policy/systems/*/system.te))
ORACLE_POLICIES := $(foreach version,24 30, \
    $(ORACLE_SYSTEMS:%=$(TEST_POLICIES)/%.$(version)) \
    $(foreach state,true-true true-false false-true false-false, \
        $(TEST_POLICIES)/stress-$(state).$(version)) \
    $(TEST_POLICIES)/levels.$(version))

$(TEST_POLICIES)/%.30: policy/systems/%/system.te $(POLICY_SOURCES)
	@echo "  POLICY  $@"
	@policy/build $* $@
$(TEST_POLICIES)/%.24: policy/systems/%/system.te $(POLICY_SOURCES)
	@echo "  POLICY  $@"
	@POLICY_VERSION=24 policy/build $* $@

# stress-A-B.VERSION; checkpolicy's warnings on what version 24 leaves out are known.
stress_words = $(subst -, ,$(basename $(notdir $(1))))
$(TEST_POLICIES)/stress-%: tests/oracle/stress.conf
	@echo "  POLICY  $@"
	@mkdir -p $(@D)
	@m4 -DSWITCH_A=$(word 2,$(call stress_words,$@)) -DSWITCH_B=$(word 3,$(call stress_words,$@)) \
	    -DDEVICETREE=$(if $(filter %.30,$@),true,false) $< >$@.conf
	@checkpolicy -t xen -c $(patsubst .%,%,$(suffix $@)) -o $@.new $@.conf >$@.log 2>&1 || \
	    { cat $@.log; exit 1; }
	@mv $@.new $@

$(TEST_POLICIES)/levels.%: tests/oracle/levels.conf
	@echo "  POLICY  $@"
	@mkdir -p $(@D)
	@m4 -DVERSION=$* $< >$@.conf
	@checkpolicy -M -t xen -c $* -o $@.new $@.conf >$@.log 2>&1 || { cat $@.log; exit 1; }
	@mv $@.new $@

# By way of version 30, or checkpolicy leaves out what it can only write for that.
FIELD_POLICIES := $(TEST_POLICIES)/fields.24 $(TEST_POLICIES)/fields.30
$(TEST_POLICIES)/fields.%: tests/unit/fields.conf
	@echo "  POLICY  $@"
	@mkdir -p $(@D)
	@m4 -DVERSION=$* $< >$@.conf
	@checkpolicy -M -t xen -c 30 -o $@.new $@.conf >$@.log 2>&1 && \
	    checkpolicy -M -t xen -b -c $* -o $@.new $@.new >>$@.log 2>&1 || { cat $@.log; exit 1; }
	@mv $@.new $@

# libsepol's headers are not written for our warnings.
ORACLE_CFLAGS = -std=c17 -O2 -g -Wall -Wextra -Werror -D_POSIX_C_SOURCE=200809L $(CPPFLAGS_COMMON)
comma := ,
ORACLE_LIST = '-DORACLE_POLICIES=$(foreach policy,$(ORACLE_POLICIES),"$(policy)"$(comma))'
ORACLE_OBJS := $(O)/tests/oracle/oracle.o $(O)/tests/oracle/labels.o
$(O)/tests/oracle/%.o: tests/oracle/%.c $(CONFIG) tests/xsm.mk
	@mkdir -p $(@D)
	@echo "  HOSTCC  $<"
	@$(HOSTCC) $(ORACLE_CFLAGS) $(ORACLE_LIST) $(DEPFLAGS) -c $< -o $@

# compare_policies: what tests/oracle/compare runs on policies that tests/oracle/generate has written.
ORACLE_PROGRAMS := $(O)/tests/test_xsm_oracle $(O)/tests/compare_policies
$(ORACLE_PROGRAMS): $(O)/tests/%: $(O)/tests/oracle/%.o $(ORACLE_OBJS) $(XSM_OBJS) | $(ORACLE_POLICIES)
	@echo "  TEST    $@"
	@$(HOSTCC) $(filter %.o,$^) -o $@ -lcmocka -l:libsepol.a

XSM_UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_xsm_*.c))
UNIT_TESTS += $(XSM_UNIT:%=$(O)/tests/%)

XSM_TEST_CFLAGS := $(HOST_CFLAGS) '-DTEST_POLICIES="$(TEST_POLICIES)"' -Itests/unit
XSM_TEST_OBJS := $(XSM_UNIT:%=$(O)/tests/xsm/%.o) $(O)/tests/xsm/xsm_fixture.o
.SECONDARY: $(XSM_TEST_OBJS)
$(O)/tests/xsm/%.o: tests/unit/%.c $(CONFIG) tests/xsm.mk
	@mkdir -p $(@D)
	@echo "  HOSTCC  $<"
	@$(HOSTCC) $(XSM_TEST_CFLAGS) $(XSM_TEST_SANITIZE) $(DEPFLAGS) -c $< -o $@

# What reads files that others made is tested with the sanitizers (lcm.mk has such objects).
XSM_SANITIZED := $(addprefix $(O)/tests/test_xsm_,arena fields limits malformed records)
$(XSM_SANITIZED:$(O)/tests/%=$(O)/tests/xsm/%.o): XSM_TEST_SANITIZE := $(LCM_TEST_FLAGS)
$(XSM_SANITIZED): private XSM_TEST_SANITIZE := $(LCM_TEST_FLAGS)
$(XSM_SANITIZED): $(XSM_SRCS:%.c=$(O)/tests/obj/%.o)
$(filter-out $(XSM_SANITIZED),$(XSM_UNIT:%=$(O)/tests/%)): $(XSM_OBJS)

$(addprefix $(O)/tests/test_xsm_,fields limits): $(O)/tests/xsm/policy_fields.o
$(XSM_UNIT:%=$(O)/tests/%): $(O)/tests/%: $(O)/tests/xsm/%.o $(O)/tests/xsm/xsm_fixture.o \
        | $(ORACLE_POLICIES) $(FIELD_POLICIES)
	@echo "  TEST    $@"
	@$(HOSTCC) $(XSM_TEST_SANITIZE) $(filter %.o,$^) -o $@ -lcmocka
