# SPDX-License-Identifier: BSD-2-Clause
#
# What the Linux guests boot from, and the boot images of whole systems.

$(O)/guests/vmlinuz: tools/guests/kernel tools/guests/fetch
	@tools/guests/kernel $@

$(O)/guests/initrd: tools/guests/initrd tools/guests/init tools/guests/pack
	@mkdir -p $(@D)
	@echo "  CPIO    $@"
	@tools/guests/initrd $@

# With Xen's Flask tools; some of it is out of the kernel's package.
$(O)/guests/initrd-xen: tools/guests/initrd-xen tools/guests/init tools/guests/pack \
    tools/guests/fetch $(O)/guests/vmlinuz
	@echo "  CPIO    $@"
	@tools/guests/initrd-xen $@

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
