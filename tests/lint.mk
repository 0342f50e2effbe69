# SPDX-License-Identifier: BSD-2-Clause
#
# `make lint`: what is looked at without running anything. Each part is also a test of tests/run.
# Second compiler and clang-tidy work in a tree of their own, whose objects tell them what changed.
LINT_PARTS := format clang cppcheck shellcheck shape headers
LINT := $(O)/lint

LINT_DIRS := hv xsm lcm roles tools tests
LINT_C    := $(sort $(shell find $(LINT_DIRS) -name '*.[ch]'))
LINT_H    := $(filter-out hv/lib/include/%,$(filter %.h,$(LINT_C)))
LINT_SHELL = $(shell grep -rlE '^\#!.*[ /](ba|a|da)?sh$$' .ci policy tests tools)

##@ Proving it
.PHONY: lint $(LINT_PARTS:%=lint-%)
lint: $(LINT_PARTS:%=lint-%) ## formatting, two compilers, clang-tidy, cppcheck, shellcheck, lengths

lint-format: $(DEPS)
	@clang-format --dry-run -Werror $(LINT_C)

lint-shape: $(DEPS)
	@tests/lint

lint-shellcheck: $(DEPS)
	@shellcheck $(LINT_SHELL)

# What cppcheck is not asked: fields of formats that we don't read, where locals are declared,
# loops without a body, and the linker's symbols, which it takes for unrelated objects.
CPPCHECK := cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr \
    --enable=warning,style,performance,portability --suppress=unusedStructMember \
    --suppress=variableScope --suppress=redundantContinue --suppress=comparePointers \
    --suppress=unreadVariable -I. -Ihv/arch/$(ARCH) --include=$(CONFIG) \
    -D__XEN_INTERFACE_VERSION__=0x00040e00

lint-cppcheck: $(LINT)/cppcheck.ok
$(LINT)/cppcheck.ok: $(filter-out tests/%,$(LINT_C)) $(CONFIG) tests/lint.mk | $(DEPS)
	@mkdir -p $(@D)
	@$(CPPCHECK) hv xsm lcm roles tools
	@touch $@

# Each header compiles alone.
LINT_HEADERS := $(LINT_H:%=$(LINT)/header/%.ok)
lint-headers: $(LINT_HEADERS)
$(filter $(LINT)/header/hv/%,$(LINT_HEADERS)) \
$(filter $(LINT)/header/xsm/%,$(LINT_HEADERS)) \
$(filter $(LINT)/header/lcm/%,$(LINT_HEADERS)) \
$(filter $(LINT)/header/roles/%,$(LINT_HEADERS)): \
    HEADER_CFLAGS = $(FREESTANDING_CFLAGS) $(FREESTANDING_CFLAGS_$(ARCH))
$(filter $(LINT)/header/tools/probe/%,$(LINT_HEADERS)): HEADER_CFLAGS = $(PROBE_CFLAGS) -I.
$(filter $(LINT)/header/tools/unpack/%,$(LINT_HEADERS)): HEADER_CFLAGS = $(UNPACK_CFLAGS)
# What belongs to the fake machine is written for a Linux process and its own arch_types.h.
$(filter $(LINT)/header/hv/arch/fake/% $(LINT)/header/tests/unit/hv_%,$(LINT_HEADERS)): \
    HEADER_CFLAGS = $(FAKE_CFLAGS)
HEADER_CFLAGS = $(HOST_CFLAGS) -Itests/unit
$(LINT)/header/%.ok: % $(LINT_H) $(CONFIG) $(SYSINCLUDE)/.done
	@mkdir -p $(@D)
	@$(CC) $(HEADER_CFLAGS) -Wno-unused-macros -fsyntax-only -include $< -x c /dev/null
	@touch $@

# The second compiler, with the same warnings, and clang-tidy.
lint-clang: $(DEPS)
	@+$(MAKE) --no-print-directory O=$(O)/clang CC=clang HOSTCC=clang DEPS=$(DEPS) lint-with-clang

.PHONY: lint-with-clang
# The fake machine, and the tests on it, have flags of their own.
TIDY_FAKE := $(sort $(wildcard hv/arch/fake/*.c tests/unit/hv_*.c tests/unit/test_fake_*.c) \
               tests/fuzz/fuzz_hypercall.c)
TIDY_TESTS := $(filter-out $(TIDY_FAKE),$(sort $(wildcard tests/*/*.c)))
lint-with-clang: hypervisor tool $(O)/guests/bw $(O)/guests/bw-boot $(O)/guests/bw-boot.elf \
    $(O)/probe/probe.elf $$(UNIT_TESTS) \
    $(patsubst %.c,$(LINT)/$(ARCH)/%.tidy,$(HV_SRCS) $(PORTABLE_SRCS)) \
    $(patsubst %.c,$(LINT)/host/%.tidy,$(wildcard tools/bailiwick/*.c tools/guests/bw/*.c) \
        tools/guests/bw-boot/linux.c $(BW_BOOT_PORTABLE)) \
    $(patsubst %.c,$(LINT)/probe/%.tidy,$(PROBE_SRCS) $(wildcard tools/guests/bw-boot/bare*.c)) \
    $(patsubst %.c,$(LINT)/unpack/%.tidy,$(UNPACK_SRCS)) \
    $(patsubst %.c,$(LINT)/fake/%.tidy,$(TIDY_FAKE)) \
    $(patsubst %.c,$(LINT)/tests/%.tidy,$(TIDY_TESTS))

TIDY_TEST_CFLAGS = -Itests/unit '-DTEST_POLICIES=""' '-DORACLE_POLICIES=""' -Ihv/arch/$(ARCH) \
    $(if $(filter $(notdir $*),$(HV_TESTS) $(UNPACK_TESTS) fuzz_unpack),-D__XEN_INTERFACE_VERSION__=0x00040e00 -include stdint.h)

# clang-tidy counts on stderr what it then doesn't show.
TIDY = @mkdir -p $(@D); echo "  TIDY    $(1)"; \
    clang-tidy --quiet $(1) -- $(2) 2>$@.err || { grep -v 'warnings* generated' $@.err; exit 1; }; touch $@

$(LINT)/$(ARCH)/%.tidy: $(O)/$(ARCH)/%.o .clang-tidy
	$(call TIDY,$*.c,$(FREESTANDING_CFLAGS) $(FREESTANDING_CFLAGS_$(ARCH)))
$(LINT)/host/%.tidy: $(O)/host/%.o .clang-tidy
	$(call TIDY,$*.c,$(HOST_CFLAGS))
$(LINT)/probe/%.tidy: $(O)/probe/%.o .clang-tidy
	$(call TIDY,$*.c,$(PROBE_CFLAGS))
$(LINT)/unpack/%.tidy: $(O)/unpack/%.o .clang-tidy
	$(call TIDY,$*.c,$(UNPACK_CFLAGS))
$(LINT)/fake/%.tidy: $(O)/fake/%.o .clang-tidy tests/.clang-tidy
	$(call TIDY,$*.c,$(FAKE_CFLAGS))
$(LINT)/tests/%.tidy: %.c $(LINT_H) .clang-tidy tests/.clang-tidy
	$(call TIDY,$*.c,$(HOST_CFLAGS) $(TIDY_TEST_CFLAGS))
