# SPDX-License-Identifier: BSD-2-Clause
#
# What the Linux guests boot from, and the boot images of whole systems.

$(O)/guests/vmlinuz: tools/guests/kernel tools/guests/fetch
	@tools/guests/kernel $@

$(O)/guests/initrd: tools/guests/initrd tools/guests/init tools/guests/pack
	@mkdir -p $(@D)
	@echo "  CPIO    $@"
	@tools/guests/initrd $@

# What a Linux guest asks of the hypervisor; without symbols, which name where it was built.
BW_OBJS := $(patsubst %.c,$(O)/host/%.o,$(sort $(wildcard tools/guests/bw/*.c)))
$(O)/guests/bw: $(BW_OBJS)
	@mkdir -p $(@D)
	@echo "  HOSTLD  $@"
	@$(HOSTCC) -s -o $@ $(BW_OBJS) -lxencall -ljansson

# With it and Xen's Flask tools; some of it is out of the kernel's package.
$(O)/guests/initrd-xen: tools/guests/initrd-xen tools/guests/init tools/guests/pack \
    tools/guests/fetch $(O)/guests/vmlinuz $(O)/guests/bw
	@echo "  CPIO    $@"
	@tools/guests/initrd-xen $@ $(O)/guests/bw

# What a system is made of: each `source` of its LCM that is built here.
system_sources = $(sort $(shell sed -n 's|.*source *= *"\(build/[^"]*\)".*|\1|p' $(1)))

# Written anew each time, since each boot has fresh nonces.
.PHONY: FORCE
FORCE:

.SECONDEXPANSION:
$(O)/systems/%/boot.iso: lcm/systems/%.dts $(O)/bailiwick $(O)/bailiwick.elf \
    $$(call system_sources,lcm/systems/$$*.dts) FORCE
	@echo "  SYSTEM  $*"
	@$(O)/bailiwick build $* --hypervisor $(O)/bailiwick.elf --output $(@D)
