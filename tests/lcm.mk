# SPDX-License-Identifier: BSD-2-Clause
# Tests of lcm/, roles/ and the host command. They run from the top directory.

LCM_TEST_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

LCM_TESTS := $(O)/tests/test_lcm_findings $(O)/tests/test_lcm_parse $(O)/tests/test_lcm_hostile \
             $(O)/tests/test_lcm_limits $(O)/tests/test_lcm_classic $(O)/tests/test_lcm_seed \
             $(O)/tests/test_roles
UNIT_TESTS += $(LCM_TESTS) $(patsubst tests/unit/%.c,$(O)/tests/%,$(wildcard tests/unit/test_bailiwick_*.c))

LCM_BLOBS := $(patsubst tests/unit/lcm/%.dts,$(O)/tests/lcm/%.dtb,$(wildcard tests/unit/lcm/*.dts))
.PRECIOUS: $(O)/tests/obj/%.o

# Unit addresses only tell nodes apart here, as in the binding's examples.
$(O)/tests/lcm/%.dtb: tests/unit/lcm/%.dts
	@mkdir -p $(@D)
	@dtc -q -I dts -O dtb -o $@ $<

# What is tested is compiled once more, with the sanitizers.
LCM_TEST_OBJS := $(patsubst %.c,$(O)/tests/obj/%.o,$(LCM_SRCS) tests/unit/lcm_blob.c)
ROLES_TEST_OBJS := $(patsubst %.c,$(O)/tests/obj/%.o,$(ROLES_SRCS) tests/unit/fake_engine.c)

$(O)/tests/obj/%.o: %.c $(CONFIG)
	@mkdir -p $(@D)
	@echo "  HOSTCC  $< (sanitizers)"
	@$(HOSTCC) $(HOST_CFLAGS) $(LCM_TEST_FLAGS) $(DEPFLAGS) -c $< -o $@

# Named as files of their own, not by the pattern, or a missing one wouldn't be made once a test is.
$(filter $(O)/tests/test_lcm_%,$(LCM_TESTS)): | $(LCM_BLOBS)
$(O)/tests/test_lcm_%: $(O)/tests/obj/tests/unit/test_lcm_%.o $(LCM_TEST_OBJS)
	@$(HOSTCC) $(LCM_TEST_FLAGS) -o $@ $^ -lcmocka -lfdt

$(O)/tests/test_roles: $(O)/tests/obj/tests/unit/test_roles.o $(LCM_TEST_OBJS) $(ROLES_TEST_OBJS)
	@$(HOSTCC) $(LCM_TEST_FLAGS) -o $@ $^ -lcmocka -lfdt

# The host command, too; it is tested with a policy that is shipped.
BAILIWICK_TEST_OBJS := $(patsubst %.c,$(O)/tests/obj/%.o,\
    $(XSM_SRCS) $(ROLES_SRCS) $(LCM_SRCS) $(sort $(wildcard tools/bailiwick/*.c)))

$(O)/tests/bailiwick: $(BAILIWICK_TEST_OBJS)
	@$(HOSTCC) $(LCM_TEST_FLAGS) -o $@ $^ -lfdt -ljansson -lz -llzma -llz4 -lzstd

COMMAND_TEST_OBJS := $(O)/tests/obj/tests/unit/command.o $(O)/tests/obj/tests/unit/kernel_image.o

$(O)/tests/test_bailiwick_%: $(O)/tests/obj/tests/unit/test_bailiwick_%.o $(COMMAND_TEST_OBJS) \
    | $(O)/tests/bailiwick $(O)/policy/two-guests.30
	@$(HOSTCC) $(LCM_TEST_FLAGS) -o $@ $^ -lcmocka -ljansson -lz -llzma -llz4 -lzstd
