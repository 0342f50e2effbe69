# SPDX-License-Identifier: BSD-2-Clause
# Tests of what runs in Linux guests: bw and bw-boot without their way to the hypervisor, of which each test
# has another.
BW_TEST_OBJS := $(patsubst %.c,$(O)/tests/obj/%.o,$(filter-out %/main.c %/hypercall.c,\
    $(sort $(wildcard tools/guests/bw/*.c))))
UNIT_TESTS += $(O)/tests/test_bw

$(O)/tests/test_bw: $(O)/tests/obj/tests/unit/test_bw.o $(BW_TEST_OBJS)
	@echo "  TEST    $@"
	@$(HOSTCC) $(LCM_TEST_FLAGS) -o $@ $^ -lcmocka -ljansson

# The whole of it, what needs no hypervisor, and what stands for a C library where there is none: its
# functions have other names here, and are compared with the host's.
bw_boot_objs = $(patsubst %,$(O)/tests/obj/tools/guests/bw-boot/%.o,$(1))
UNIT_TESTS += $(O)/tests/test_bw_boot $(O)/tests/test_bw_boot_config $(O)/tests/test_bw_boot_bare

$(O)/tests/test_bw_boot: $(BW_BOOT_PORTABLE:%.c=$(O)/tests/obj/%.o)
$(O)/tests/test_bw_boot_config: $(call bw_boot_objs,config plan report scene words)
$(O)/tests/test_bw_boot_bare: $(call bw_boot_objs,bare_format bare_libc)
$(O)/tests/test_bw_boot $(O)/tests/test_bw_boot_config $(O)/tests/test_bw_boot_bare: \
    $(O)/tests/%: $(O)/tests/obj/tests/unit/%.o
	@echo "  TEST    $@"
	@$(HOSTCC) $(LCM_TEST_FLAGS) -o $@ $^ -lcmocka -lfdt

$(call bw_boot_objs,bare_format bare_libc): LCM_TEST_FLAGS += $(foreach name,vsnprintf snprintf memmove \
    memcmp memchr strnlen strlen strncmp strcmp strrchr strcspn __stack_chk_fail,-D$(name)=bare_$(name))
