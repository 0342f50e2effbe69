# SPDX-License-Identifier: BSD-2-Clause
#
# build/bailiwick.elf: one file for GRUB (Multiboot2, ELF64) and QEMU's -kernel (Multiboot1).

HV_SRCS := $(sort $(wildcard hv/boot/*.c hv/domain/*.c hv/gate/*.c hv/launch/*.c hv/lib/*.c \
             hv/machine/*.c hv/ops/*.c hv/arch/$(ARCH)/*.c))
HV_ASM  := $(sort $(wildcard hv/arch/$(ARCH)/*.S))
HV_LDS  := hv/arch/$(ARCH)/bailiwick.lds

# The only headers from outside: Xen's public ABI (libxen-dev) and libfdt (libfdt-dev), by links, so
# that nothing of the host's C library can be included by mistake.
SYSINCLUDE := $(O)/sysinclude
LIBFDT_A   := /usr/lib/x86_64-linux-gnu/libfdt.a
# Of libfdt only what reads: fdt.c, fdt_ro.c and fdt_check.c; and fdt_wip.c,
# which replaces nodes in place.
LIBFDT_OBJS := $(addprefix $(O)/$(ARCH)/libfdt/,fdt.o fdt_ro.o fdt_check.o fdt_wip.o)

CC_INCLUDE = $(shell $(CC) -print-file-name=include 2>/dev/null)
# Xen's headers want the fixed-width types defined before them.
FREESTANDING_CFLAGS += -isystem $(CC_INCLUDE) -isystem $(SYSINCLUDE) -Ihv/arch/$(ARCH) \
                       -D__XEN_INTERFACE_VERSION__=0x00040e00 -include stdint.h

$(SYSINCLUDE)/.done: | $(DEPS)
	@mkdir -p $(SYSINCLUDE)
	@ln -sfn /usr/include/xen $(SYSINCLUDE)/xen
	@for f in libfdt.h libfdt_env.h fdt.h; do ln -sfn /usr/include/$$f $(SYSINCLUDE)/$$f; done
	@touch $@

$(LIBFDT_OBJS) &: | $(DEPS)
	@mkdir -p $(O)/$(ARCH)/libfdt
	@cd $(O)/$(ARCH)/libfdt && $(AR) x $(LIBFDT_A) $(notdir $(LIBFDT_OBJS)) && \
	    touch $(notdir $(LIBFDT_OBJS))

HV_OWN_OBJS := $(patsubst %.c,$(O)/$(ARCH)/%.o,$(HV_SRCS)) $(patsubst %.S,$(O)/$(ARCH)/%.o,$(HV_ASM))
HV_PORTABLE_OBJS := $(patsubst %.c,$(O)/$(ARCH)/%.o,$(XSM_SRCS) $(ROLES_SRCS) $(LCM_SRCS))
HV_OBJS := $(HV_OWN_OBJS) $(HV_PORTABLE_OBJS)
$(HV_OBJS): | $(SYSINCLUDE)/.done

# An archive, of which the linker leaves out what nobody refers to: what Kconfig has built out.
HV_PORTABLE_A := $(O)/$(ARCH)/portable.a
$(HV_PORTABLE_A): $(HV_PORTABLE_OBJS)
	@rm -f $@ && $(AR) rcsD $@ $^

$(O)/bailiwick.elf: $(HV_OWN_OBJS) $(HV_PORTABLE_A) $(LIBFDT_OBJS) $(HV_LDS)
	@echo "  LD      $@"
	@ld -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=none --fatal-warnings \
	    --no-dynamic-linker -T $(HV_LDS) -o $@ $(HV_OWN_OBJS) $(HV_PORTABLE_A) $(LIBFDT_OBJS)
