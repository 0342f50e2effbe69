# SPDX-License-Identifier: BSD-2-Clause
# Tests of what runs in Linux guests: bw without its way to the hypervisor, of which the test has another.
BW_TEST_OBJS := $(patsubst %.c,$(O)/tests/obj/%.o,$(filter-out %/main.c %/hypercall.c,\
    $(sort $(wildcard tools/guests/bw/*.c))))
UNIT_TESTS += $(O)/tests/test_bw

$(O)/tests/test_bw: $(O)/tests/obj/tests/unit/test_bw.o $(BW_TEST_OBJS)
	@echo "  TEST    $@"
	@$(HOSTCC) $(LCM_TEST_FLAGS) -o $@ $^ -lcmocka -ljansson
