# SPDX-License-Identifier: BSD-2-Clause
#
# What `make test` needs before tests/run can start. Each tests/*.mk adds its unit tests:
#     UNIT_TESTS += $(O)/tests/NAME      and the rule that builds it
UNIT_TESTS :=
include $(sort $(filter-out tests/build.mk,$(wildcard tests/*.mk)))

$(UNIT_TESTS): | $(CONFIG)

TEST_SYSTEM_SOURCES := $(sort $(foreach system,$(wildcard lcm/systems/*.dts),\
                         $(call system_sources,$(system))))

# The hypervisor as Kconfig's other choices make it: each in a folder, with a .config of its own.
VARIANTS := release coverage hyperlaunch-only dom0less-only classic-only no-bzimage
release_CHOICE := CONFIG_RELEASE=y
coverage_CHOICE := CONFIG_COVERAGE=y CONFIG_AUDIT_BURST=100000
hyperlaunch-only_CHOICE := CONFIG_LAUNCH_DOM0LESS=n CONFIG_LAUNCH_CLASSIC=n
dom0less-only_CHOICE := CONFIG_LAUNCH_HYPERLAUNCH=n CONFIG_LAUNCH_CLASSIC=n
classic-only_CHOICE := CONFIG_LAUNCH_HYPERLAUNCH=n CONFIG_LAUNCH_DOM0LESS=n
no-bzimage_CHOICE := CONFIG_LAUNCH_BZIMAGE=n
$(VARIANTS:%=$(O)/%/.config): $(O)/%/.config: tests/build.mk
	@mkdir -p $(@D)
	@printf '%s\n' $($*_CHOICE) >$@
$(VARIANTS:%=$(O)/%/bailiwick.elf): $(O)/%/bailiwick.elf: $(O)/%/.config FORCE
	@echo "  VARIANT $*"
	@+$(MAKE) --no-print-directory O=$(O)/$* KCONFIG_CONFIG=$< DEPS=$(DEPS) hypervisor

.PHONY: test-build test-list
test-build: $(UNIT_TESTS) $(FUZZERS) hypervisor tool $(O)/probe/probe.elf $(O)/guests/bw-boot.elf \
    $(O)/guests/vmlinuz \
    $(O)/guests/initrd $(TEST_SYSTEM_SOURCES) $(O)/tests/compare_policies \
    $(VARIANTS:%=$(O)/%/bailiwick.elf) test-list
test-list:
	@mkdir -p $(O)/tests $(O)/fuzz
	@printf '%s\n' $(UNIT_TESTS) >$(O)/tests/list
	@printf '%s\n' $(notdir $(FUZZERS)) >$(O)/fuzz/list
