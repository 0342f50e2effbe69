# SPDX-License-Identifier: BSD-2-Clause
#
# hv/arch/fake: all generic code of hv/ in a Linux process, and the tests on it.
#
# FAKE_VARIANT(name, compiler, flags) compiles it to $(O)/name/. Writable data goes to sections of
# its own, by which fake_power_on() finds it. Copies in hv/ aren't inlined: the sanitizers see each.
FAKE_SRCS := $(sort $(wildcard hv/boot/*.c hv/domain/*.c hv/gate/*.c hv/launch/*.c hv/machine/*.c \
               hv/ops/*.c hv/arch/fake/*.c)) $(XSM_SRCS) $(ROLES_SRCS) $(LCM_SRCS)
FAKE_TEST_SRCS := $(addprefix tests/unit/hv_,machine.c scene.c digest.c invariants.c cases.c cases_launch.c \
                  cases_xsm.c script.c hypfs.c)
# For tests alone: they use the test library, which fuzzers don't have.
FAKE_STORM_SRCS := $(addprefix tests/unit/hv_,storm.c storm_calls.c)

FAKE_CFLAGS := $(filter-out -D_POSIX_C_SOURCE=%,$(HOST_CFLAGS)) -D_DEFAULT_SOURCE -Ihv/arch/fake \
               -Itests/unit -D__XEN_INTERFACE_VERSION__=0x00040e00 -include stdint.h \
               -fno-strict-aliasing -fno-omit-frame-pointer -fno-pie -DFAKE_BUILD='"$(O)"'
FAKE_LDFLAGS := -no-pie -Wl,--wrap=memory_alloc

define FAKE_VARIANT
$(O)/$(1)/hv/%.o $(O)/$(1)/xsm/%.o $(O)/$(1)/roles/%.o $(O)/$(1)/lcm/%.o: KEEP := \
    --rename-section .data=hv_data --rename-section .bss=hv_bss
$(O)/$(1)/hv/%.o: COPIES := -fno-builtin-memcpy
$(O)/$(1)/%.o: %.c $(CONFIG)
	@mkdir -p $$(@D)
	@echo "  HOSTCC  $$< ($(1))"
	@$(2) $(FAKE_CFLAGS) $(3) $$(COPIES) $$(FAKE_EXTRA) $(DEPFLAGS) -c $$< -o $$@
	@$(if $$(KEEP),$(OBJCOPY) $$(KEEP) $$@)
endef

FAKE_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
FAKE_TSAN := -fsanitize=thread
$(eval $(call FAKE_VARIANT,fake,$(HOSTCC),$(FAKE_SANITIZE)))
$(eval $(call FAKE_VARIANT,fake-tsan,$(HOSTCC),$(FAKE_TSAN)))

fake_objs = $(patsubst %.c,$(O)/$(1)/%.o,$(FAKE_SRCS) $(FAKE_TEST_SRCS))
storm_objs = $(FAKE_STORM_SRCS:%.c=$(O)/$(1)/%.o)

FAKE_TESTS := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_fake_*.c)))
# Those with several CPUs of which one acts at a time (hv_turns.h), and what this replaces.
FAKE_TURNS_TESTS := place quiesce sched timers vcpus
FAKE_TURNS_WRAP := -Wl,--wrap=arch_find_cpus -Wl,--wrap=arch_start_cpu \
                   -Wl,--wrap=fake_this_cpu -Wl,--wrap=fake_relax
$(FAKE_TURNS_TESTS:%=$(O)/tests/test_fake_%): $(O)/fake/tests/unit/hv_turns.o
$(FAKE_TURNS_TESTS:%=$(O)/fake-tsan/test_fake_%): $(O)/fake-tsan/tests/unit/hv_turns.o
$(foreach d,tests fake-tsan,$(FAKE_TURNS_TESTS:%=$(O)/$(d)/test_fake_%)): \
    FAKE_LDFLAGS += $(FAKE_TURNS_WRAP)

# One that does something between a decision and what it is about.
$(O)/tests/test_fake_changed $(O)/fake-tsan/test_fake_changed: FAKE_LDFLAGS += -Wl,--wrap=xsm_ask

FAKE_POLICY := $(O)/tests/fake/subjects.30
# What the launch is tested with: the LCM, the policy and the probe, as they are shipped.
FAKE_SYSTEM := $(O)/systems/two-probes/boot.iso

$(FAKE_POLICY): tests/unit/fake/subjects.te policy/systems/two-guests/system.te $(POLICY_SOURCES)
	@echo "  POLICY  $@"
	@policy/build two-guests $@ $<

# Two policies that take each other's place.
FAKE_REPLACED := $(O)/tests/fake/first.30 $(O)/tests/fake/second.30
$(FAKE_REPLACED): $(O)/tests/fake/%.30: tests/unit/fake/%.te policy/systems/two-guests/system.te \
        $(POLICY_SOURCES)
	@echo "  POLICY  $@"
	@policy/build two-guests $@ $<
$(O)/tests/test_fake_threads_policy $(O)/fake-tsan/test_fake_threads_policy: | $(FAKE_REPLACED)

# A launch with a boot domain.
FAKE_BOOT := $(O)/tests/fake/boot_domain/lcm.dtb
$(O)/tests/fake/boot_domain.30: tests/unit/fake/boot_domain.te policy/systems/two-guests/system.te $(POLICY_SOURCES)
	@echo "  POLICY  $@"
	@policy/build two-guests $@ $<
$(FAKE_BOOT): tests/unit/fake/boot_domain.dts $(O)/tests/fake/boot_domain.30 $(O)/probe/probe.elf $(O)/bailiwick \
        $(O)/bailiwick.elf
	@echo "  SYSTEM  $@"
	@rm -rf $(@D)
	@$(O)/bailiwick build $< --hypervisor $(O)/bailiwick.elf --no-iso --output $(@D) >$(@D).log || \
	    { cat $(@D).log; false; }
$(foreach folder,tests fake-tsan,$(addprefix $(O)/$(folder)/test_fake_,boot_domain threads_launch)): | $(FAKE_BOOT)

FAKE_TEST_PROGRAMS := $(FAKE_TESTS:%=$(O)/tests/%)
UNIT_TESTS += $(FAKE_TEST_PROGRAMS)
.SECONDARY: $(call fake_objs,fake) $(call fake_objs,fake-tsan)

$(FAKE_TEST_PROGRAMS): $(O)/tests/test_fake_%: $(O)/fake/tests/unit/test_fake_%.o \
        $(call fake_objs,fake) tests/fake.mk | $(FAKE_POLICY) $(FAKE_SYSTEM)
	@echo "  TEST    $@"
	@$(HOSTCC) $(FAKE_SANITIZE) $(FAKE_LDFLAGS) -o $@ $(filter %.o,$^) -lcmocka -lfdt

# The same tests under the thread sanitizer: `make fake-tsan`.
.PHONY: fake-tsan
fake-tsan: $(FAKE_TESTS:%=$(O)/fake-tsan/%)
	@for test in $^; do $$test || exit 1; done

$(FAKE_TESTS:%=$(O)/fake-tsan/%): $(O)/fake-tsan/test_fake_%: \
        $(O)/fake-tsan/tests/unit/test_fake_%.o $(call fake_objs,fake-tsan) tests/fake.mk \
        | $(FAKE_POLICY) $(FAKE_SYSTEM)
	@echo "  TEST    $@"
	@$(HOSTCC) $(FAKE_TSAN) $(FAKE_LDFLAGS) -o $@ $(filter %.o,$^) -lcmocka -lfdt

# CPUs that are threads (hv_storm.h): with both sanitizers in every run.
FAKE_THREAD_TESTS := $(filter test_fake_threads_%,$(FAKE_TESTS))
FAKE_TSAN_PROGRAMS := $(FAKE_THREAD_TESTS:%=$(O)/tests/%-tsan)
.SECONDARY: $(call storm_objs,fake) $(call storm_objs,fake-tsan)
$(FAKE_THREAD_TESTS:%=$(O)/tests/%): $(call storm_objs,fake)
$(FAKE_THREAD_TESTS:%=$(O)/fake-tsan/%): $(call storm_objs,fake-tsan)
UNIT_TESTS += $(FAKE_TSAN_PROGRAMS)
$(FAKE_TSAN_PROGRAMS): $(O)/tests/%-tsan: $(O)/fake-tsan/%
	@cp $< $@

# hv/lib's formatting next to the C library's: its functions have other names.
UNIT_TESTS += $(O)/tests/test_printf
PRINTF_OBJS := $(O)/fake/tests/unit/test_printf.o $(O)/fake/hv/lib/printf.o
$(O)/fake/hv/lib/printf.o: FAKE_EXTRA := -ffreestanding -fno-builtin -nostdinc \
    -isystem hv/lib/include -isystem $(CC_INCLUDE) -Dvsnprintf=hv_vsnprintf -Dsnprintf=hv_snprintf
$(O)/tests/test_printf: $(PRINTF_OBJS) tests/fake.mk
	@echo "  TEST    $@"
	@$(HOSTCC) $(FAKE_SANITIZE) -no-pie -o $@ $(PRINTF_OBJS) -lcmocka
