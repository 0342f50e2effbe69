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

# libsepol's headers are not written for our warnings.
ORACLE_CFLAGS = -std=c17 -O2 -g -Wall -Wextra -Werror -D_POSIX_C_SOURCE=200809L \
    $(CPPFLAGS_COMMON) -MMD -MP -MT $@ -MF $@.d
ORACLE_SRCS := tests/oracle/oracle.c tests/oracle/labels.c
comma := ,
$(O)/tests/test_xsm_oracle: tests/oracle/test_xsm_oracle.c $(ORACLE_SRCS) \
        tests/oracle/oracle.h tests/oracle/labels.h $(XSM_OBJS) $(ORACLE_POLICIES) tests/xsm.mk
	@mkdir -p $(@D)
	@echo "  TEST    $@"
	@$(HOSTCC) $(ORACLE_CFLAGS) \
	    '-DORACLE_POLICIES=$(foreach policy,$(ORACLE_POLICIES),"$(policy)"$(comma))' \
	    $< $(ORACLE_SRCS) $(XSM_OBJS) -o $@ -lcmocka -l:libsepol.a

# What tests/oracle/compare runs on policies that tests/oracle/generate has written.
$(O)/tests/compare_policies: tests/oracle/compare_policies.c $(ORACLE_SRCS) \
        tests/oracle/oracle.h tests/oracle/labels.h $(XSM_OBJS) tests/xsm.mk
	@mkdir -p $(@D)
	@echo "  TEST    $@"
	@$(HOSTCC) $(ORACLE_CFLAGS) $< $(ORACLE_SRCS) $(XSM_OBJS) -o $@ -l:libsepol.a

XSM_UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_xsm_*.c))
UNIT_TESTS += $(XSM_UNIT:%=$(O)/tests/%)

XSM_TEST_CFLAGS := $(HOST_CFLAGS) '-DTEST_POLICIES="$(TEST_POLICIES)"' -Itests/unit
XSM_TEST_DEPS := tests/unit/xsm_fixture.c tests/unit/xsm_fixture.h tests/xsm.mk $(ORACLE_POLICIES)

$(filter-out %/test_xsm_malformed,$(XSM_UNIT:%=$(O)/tests/%)): \
        $(O)/tests/%: tests/unit/%.c $(XSM_OBJS) $(XSM_TEST_DEPS)
	@mkdir -p $(@D)
	@echo "  TEST    $@"
	@$(HOSTCC) $(XSM_TEST_CFLAGS) -MMD -MP -MT $@ -MF $@.d \
	    $< tests/unit/xsm_fixture.c $(XSM_OBJS) -o $@ -lcmocka

# What reads files that others made is compiled again, with the sanitizers. One command compiles
# everything, so the headers are named here.
$(O)/tests/test_xsm_malformed: tests/unit/test_xsm_malformed.c $(XSM_SRCS) \
        $(wildcard xsm/*.h xsm/flask/*.h) xsm/hooks.def $(XSM_TEST_DEPS)
	@mkdir -p $(@D)
	@echo "  TEST    $@"
	@$(HOSTCC) $(XSM_TEST_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
	    $< tests/unit/xsm_fixture.c $(XSM_SRCS) -o $@ -lcmocka
