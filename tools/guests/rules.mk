# SPDX-License-Identifier: BSD-2-Clause
#
# What the Linux guests boot from, and the boot images of whole systems.

$(O)/guests/vmlinuz: tools/guests/kernel tools/guests/fetch
	@tools/guests/kernel cloud-amd64 $@

# The kernel of a Debian that runs on hardware: as a dom0 it does more than the cloud's, which has no
# code for that.
$(O)/guests/vmlinuz-amd64: tools/guests/kernel tools/guests/fetch
	@tools/guests/kernel amd64 $@

$(O)/guests/initrd: tools/guests/initrd tools/guests/init tools/guests/pack
	@mkdir -p $(@D)
	@echo "  CPIO    $@"
	@tools/guests/initrd $@

# What a Linux guest asks of the hypervisor; without symbols, which name where it was built.
BW_OBJS := $(patsubst %.c,$(O)/host/%.o,$(sort $(wildcard tools/guests/bw/*.c)))
$(O)/guests/bw: $(BW_OBJS)
	@mkdir -p $(@D)
	@echo "  HOSTLD  $@"
	@$(HOSTCC) -s -o $@ $(BW_OBJS) -lxencall -lxenevtchn -ljansson

# With it and Xen's Flask tools; some of it is out of the kernel's package.
$(O)/guests/initrd-xen: tools/guests/initrd-xen tools/guests/init tools/guests/pack \
    tools/guests/fetch $(O)/guests/vmlinuz $(O)/guests/bw
	@echo "  CPIO    $@"
	@tools/guests/initrd-xen $@ $(O)/guests/bw

# What a boot domain does: for Linux one file that needs no other, and without an operating system,
# on what the probe begins with. Of libfdt the objects that hv/build.mk has taken out of it.
BW_BOOT_PORTABLE := $(filter-out %/linux.c %/bare.c %/bare_libc.c %/bare_format.c,\
                      $(sort $(wildcard tools/guests/bw-boot/*.c)))
BW_BOOT_OBJS := $(patsubst %.c,$(O)/host/%.o,$(BW_BOOT_PORTABLE) tools/guests/bw-boot/linux.c \
                  tools/guests/bw/hypercall.c)
$(O)/guests/bw-boot: $(BW_BOOT_OBJS)
	@mkdir -p $(@D)
	@echo "  HOSTLD  $@"
	@$(HOSTCC) -s -static -o $@ $(BW_BOOT_OBJS) -lxenevtchn -lxencall -lxentoollog -lxentoolcore -lfdt

BW_BOOT_BARE_OBJS := $(patsubst %.c,$(O)/probe/%.o,$(sort $(BW_BOOT_PORTABLE) \
                       $(wildcard tools/guests/bw-boot/bare*.c)))
$(O)/guests/bw-boot.elf: $(BW_BOOT_BARE_OBJS) $(O)/probe/libprobe.a $(LIBFDT_OBJS) tools/probe/probe.lds
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(LD) $(PROBE_LDFLAGS) $(BW_BOOT_BARE_OBJS) $(LIBFDT_OBJS) $(O)/probe/libprobe.a -o $@

# The ramdisk of a boot domain that runs Linux: that and little else.
$(O)/guests/initrd-boot: tools/guests/initrd-boot tools/guests/init-boot tools/guests/pack \
    $(O)/guests/vmlinuz $(O)/guests/bw-boot
	@echo "  CPIO    $@"
	@tools/guests/initrd-boot $@ $(O)/guests/bw-boot

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
