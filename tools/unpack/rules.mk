# SPDX-License-Identifier: BSD-2-Clause
#
# The loader of bzImages, which the hypervisor has in its image. It runs in domains: what it shares
# with the hypervisor are the warnings and the memcpy() of hv/lib/string.c.
UNPACK_SRCS := $(sort $(wildcard tools/unpack/*.c))
# All but what only runs in a guest.
UNPACK_PORTABLE := $(filter-out %/main.c %/xen.c,$(UNPACK_SRCS))
UNPACK_OBJS := $(UNPACK_SRCS:%.c=$(O)/unpack/%.o) $(O)/unpack/hv/lib/string.o \
               $(O)/unpack/tools/unpack/start.o

UNPACK_CFLAGS = -std=c17 -O2 $(WARNINGS) -m64 -march=x86-64 -ffreestanding -fno-builtin -nostdinc \
                -isystem hv/lib/include -isystem $(CC_INCLUDE) -isystem $(SYSINCLUDE) -I. \
                -D__XEN_INTERFACE_VERSION__=0x00040e00 -include stdint.h \
                -fno-pic -fno-pie -fno-common -fno-strict-aliasing -fno-stack-protector \
                -fno-asynchronous-unwind-tables -mno-red-zone -mgeneral-regs-only \
                -fcf-protection=none -ffunction-sections -fdata-sections -Wframe-larger-than=4096

$(UNPACK_OBJS): | $(SYSINCLUDE)/.done

$(O)/unpack/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $< (unpack)"
	@$(CC) $(UNPACK_CFLAGS) $(DEPFLAGS) -c $< -o $@

$(O)/unpack/%.o: %.S
	@mkdir -p $(@D)
	@echo "  AS      $< (unpack)"
	@$(CC) -D__ASSEMBLER__ -m64 $(DEPFLAGS) -c $< -o $@

# Without symbols: it is read by the hypervisor alone. unpack.sym has them.
$(O)/unpack/unpack.elf: $(UNPACK_OBJS) tools/unpack/unpack.lds
	@echo "  LD      $@"
	@$(LD) -m elf_x86_64 -nostdlib --fatal-warnings -z noexecstack -z max-page-size=64 \
	    --build-id=none --gc-sections -T tools/unpack/unpack.lds $(UNPACK_OBJS) -o $(@:.elf=.sym)
	@$(OBJCOPY) --strip-all $(@:.elf=.sym) $@

# hv/arch/x86/unpacker_image.S includes it.
UNPACKER_IMAGE := $(O)/$(ARCH)/hv/arch/$(ARCH)/unpacker_image.o
$(UNPACKER_IMAGE): $(O)/unpack/unpack.elf
$(UNPACKER_IMAGE): private CPPFLAGS_COMMON += -DUNPACKER='"$(O)/unpack/unpack.elf"'
