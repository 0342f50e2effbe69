# SPDX-License-Identifier: BSD-2-Clause
#
# Bailiwick's front door: `make run`, `make test`, `make help`.
# Each folder says what it adds in its own build.mk; this file holds what they share.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

SYSTEM ?= two-guests
SYSTEMS := $(patsubst lcm/systems/%.dts,%,$(sort $(wildcard lcm/systems/*.dts)))
ARCH   ?= x86
O      := build
PYTHON := /usr/bin/python3

# Nothing below works before Debian's packages are there; tools/build/deps installs what is missing.
DEPS   := $(O)/.deps
CONFIG := $(O)/config.h
# What menuconfig has chosen; another build in another O may have choices of its own.
export KCONFIG_CONFIG ?= .config

CC      ?= gcc
ifeq ($(origin CC),default)
CC      := gcc
endif
HOSTCC  ?= gcc
AR      := ar
OBJCOPY := objcopy

WARNINGS := -Wall -Wextra -Werror -pedantic-errors -Wconversion -Wsign-conversion -Wshadow \
            -Wcast-qual -Wcast-align -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition \
            -Wvla -Wswitch-default -Wundef -Wpointer-arith -Wwrite-strings -Wformat=2 \
            -Wredundant-decls -Wmissing-field-initializers -Wimplicit-fallthrough

CPPFLAGS_COMMON := -I. -include $(CONFIG)

# Portable code (xsm/, roles/, lcm/) is compiled twice: once for the hypervisor, once for the host.
HOST_CFLAGS := -std=c17 -O2 -g $(WARNINGS) -fstack-protector-strong -D_POSIX_C_SOURCE=200809L \
               $(CPPFLAGS_COMMON)

FREESTANDING_CFLAGS := -std=c17 -O2 -g $(WARNINGS) -ffreestanding -fno-builtin -nostdinc \
               -isystem hv/lib/include -fno-pic -fno-pie -fno-common -fno-strict-aliasing \
               -fno-asynchronous-unwind-tables -fno-delete-null-pointer-checks \
               -fstack-protector-all -Wframe-larger-than=2048 $(CPPFLAGS_COMMON)

FREESTANDING_CFLAGS_x86 := -m64 -march=x86-64 -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
               -fcf-protection=none -mstack-protector-guard=tls -mstack-protector-guard-reg=fs \
               -mstack-protector-guard-offset=40 \
               $(if $(findstring clang,$(CC)),-mretpoline,-mindirect-branch=thunk-inline)

DEPFLAGS = -MMD -MP

# The portable code for the host. Here because the folders' rules name it as a prerequisite.
PORTABLE_LIB := $(O)/host/libbailiwick.a

include xsm/build.mk roles/build.mk lcm/build.mk hv/build.mk tools/build.mk policy/build.mk tests/build.mk

PORTABLE_SRCS := $(XSM_SRCS) $(ROLES_SRCS) $(LCM_SRCS)

$(O)/host/%.o: %.c $(CONFIG)
	@mkdir -p $(@D)
	@echo "  HOSTCC  $<"
	@$(HOSTCC) $(HOST_CFLAGS) $(HOST_CFLAGS_EXTRA) $(DEPFLAGS) -c $< -o $@

$(PORTABLE_LIB): $(PORTABLE_SRCS:%.c=$(O)/host/%.o)
	@echo "  AR      $@"
	@rm -f $@ && $(AR) rcsD $@ $^

# What runs at a launch alone is small rather than fast, but for what reads all of the modules.
$(foreach folder,hv/boot hv/launch lcm roles,$(O)/$(ARCH)/$(folder)/%.o): COLD := -Os
# And what reads a policy, not what makes tables of it or decides by them.
POLICY_READERS := conditions constraints context_text describe identities mls names objects ocontexts policydb \
                  reader special_rules symbols validate
$(POLICY_READERS:%=$(O)/$(ARCH)/xsm/flask/%.o) $(O)/$(ARCH)/hv/gate/change.o $(O)/$(ARCH)/hv/ops/xsm_change.o \
$(O)/$(ARCH)/hv/ops/version.o $(O)/$(ARCH)/hv/ops/hypfs.o \
$(O)/$(ARCH)/hv/arch/$(ARCH)/firmware.o: COLD := -Os
$(O)/$(ARCH)/lcm/sha256.o: COLD :=

$(O)/$(ARCH)/%.o: %.c $(CONFIG)
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(FREESTANDING_CFLAGS) $(FREESTANDING_CFLAGS_$(ARCH)) $(COLD) $(DEPFLAGS) -c $< -o $@

$(O)/$(ARCH)/%.o: %.S $(CONFIG)
	@mkdir -p $(@D)
	@echo "  AS      $<"
	@$(CC) -D__ASSEMBLER__ $(CPPFLAGS_COMMON) -m64 $(DEPFLAGS) -c $< -o $@

-include $(shell find $(O) -name '*.d' 2>/dev/null)

##@ Using it
.PHONY: run boot
run: $(DEPS) ## boot SYSTEM (default two-guests) from a GRUB ISO in QEMU, in this terminal
	@+$(MAKE) --no-print-directory iso SYSTEM=$(SYSTEM)
	@tools/guests/run $(SYSTEM)

boot: $(DEPS) ## the same without a terminal: launch log, then wait until every domain answers
	@+$(MAKE) --no-print-directory iso SYSTEM=$(SYSTEM)
	@tools/guests/boot $(SYSTEM)

.PHONY: all authors hypervisor tool iso deps
all: $(DEPS) hypervisor tool ## build the hypervisor, the host command and the SYSTEM's image
	@+$(MAKE) --no-print-directory iso SYSTEM=$(SYSTEM)
hypervisor: $(O)/bailiwick.elf ## build only build/bailiwick.elf
tool: $(O)/bailiwick ## build only build/bailiwick, the host command
FOR_AUTHORS := $(O)/probe/probe.elf $(addprefix $(O)/guests/,vmlinuz initrd initrd-boot initrd-xen bw-boot.elf)
authors: $(DEPS) hypervisor tool $(FOR_AUTHORS) ## build what systems in folders of their own need: docs/first-hour.md
iso: $(if $(wildcard lcm/systems/$(SYSTEM).dts),$(O)/systems/$(SYSTEM)/boot.iso,unknown-system) ## build only SYSTEM's GRUB image

.PHONY: unknown-system
unknown-system:
	@echo "make: there is no system '$(SYSTEM)' in lcm/systems/; there are: $(SYSTEMS)" >&2; false

deps: $(DEPS) ## install what is missing from Debian
$(DEPS): tools/build/deps tools/build/packages
	@tools/build/deps
	@mkdir -p $(@D) && touch $@

##@ Proving it
.PHONY: test test-all
test: $(DEPS) ## all tests; ends with "N passed, N failed"
	@date +%s >$(O)/.began
	@+$(MAKE) --no-print-directory test-build
	@$(RUN_TESTS)
test-all: $(DEPS) ## the long tests too
	@date +%s >$(O)/.began
	@+$(MAKE) --no-print-directory test-build $(O)/guests/vmlinuz-amd64
	@$(RUN_TESTS) --all
# How long the build took is part of the budget that it prints.
RUN_TESTS = BUILD_SECONDS=$$(($$(date +%s) - $$(cat $(O)/.began))) tests/run

.PHONY: test-policy
test-policy: $(DEPS) hypervisor tool $(O)/probe/probe.elf $(call system_sources,$(wildcard lcm/systems/$(SYSTEM).dts)) ## all that SYSTEM expects, and everything attempted from inside (LINE=N: one expectation)
	@$(O)/bailiwick test $(SYSTEM) $(if $(LINE),--line $(LINE))

.PHONY: coverage
coverage: $(DEPS) test-build ## which checks and which allow rules what is attempted reaches, in each system and in all
	@tests/coverage

##@ Changing it
.PHONY: docs menuconfig compile_commands.json clean help
docs: $(DEPS) tool ## write docs/hooks.md from xsm/hooks.def and xsm/words.def
	@$(O)/bailiwick explain --markdown >docs/hooks.md

menuconfig: $(DEPS) ## choose what a build includes (Kconfig)
	@$(PYTHON) -m menuconfig Kconfig

$(KCONFIG_CONFIG): Kconfig | $(DEPS)
	@$(PYTHON) -m olddefconfig Kconfig >/dev/null
$(CONFIG): $(KCONFIG_CONFIG)
	@mkdir -p $(@D)
	@$(PYTHON) -m genconfig --header-path $@.new Kconfig && \
	    { cmp -s $@.new $@ && rm $@.new && touch $@ || mv $@.new $@; }

compile_commands.json: $(DEPS) ## for editors: how each file is compiled
	@rm -rf $(O)/bear && bear --output $@ -- $(MAKE) --no-print-directory O=$(O)/bear hypervisor tool

clean: ## remove build/
	@rm -rf $(O)

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {s = substr($$0, 5); if (!(s in text)) name[++n] = s} \
	     /^[a-zA-Z_.-]+:.*## / {text[s] = text[s] sprintf("  make %-22s %s\n", $$1, $$2)} \
	     END {for (i = 1; i <= n; i++) printf "\n%s\n%s", name[i], text[name[i]]}' \
	     Makefile $(sort $(wildcard */build.mk */*.mk */*/*.mk))
	@printf '\n  SYSTEM=NAME chooses a system of lcm/systems/ (now: %s)\n\n' \
	     "$(SYSTEMS)"
