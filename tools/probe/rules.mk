# SPDX-License-Identifier: BSD-2-Clause
#
# The probe: a guest of its own, so it shares the warnings and the public interface with the
# hypervisor and nothing else.
PROBE_SRCS := $(wildcard tools/probe/*.c)
PROBE_ASM  := $(wildcard tools/probe/*.S)
PROBE_OBJS := $(PROBE_SRCS:%.c=$(O)/probe/%.o) $(PROBE_ASM:%.S=$(O)/probe/%.o)

# Xen's headers expect the integer types to be there already.
PROBE_CFLAGS := -I. -include stddef.h -include stdint.h \
                -D__XEN_INTERFACE_VERSION__=__XEN_LATEST_INTERFACE_VERSION__ \
                -std=c17 -D_POSIX_C_SOURCE=200809L -O2 -g $(WARNINGS) -m64 -march=x86-64 -ffreestanding -fno-builtin \
                -fno-pic -fno-pie -fno-common -fno-strict-aliasing -fno-stack-protector \
                -fno-asynchronous-unwind-tables -mno-red-zone -mgeneral-regs-only \
                -fcf-protection=none -Wframe-larger-than=2048

$(O)/probe/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $< (probe)"
	@$(CC) $(PROBE_CFLAGS) $(DEPFLAGS) -c $< -o $@

$(O)/probe/%.o: %.S
	@mkdir -p $(@D)
	@echo "  AS      $< (probe)"
	@$(CC) -D__ASSEMBLER__ -m64 $(DEPFLAGS) -c $< -o $@

PROBE_LDFLAGS := -m elf_x86_64 -nostdlib --fatal-warnings -z noexecstack -z max-page-size=4096 \
                 --build-id=none -T tools/probe/probe.lds
$(O)/probe/probe.elf: $(PROBE_OBJS) tools/probe/probe.lds
	@echo "  LD      $@"
	@$(LD) $(PROBE_LDFLAGS) $(PROBE_OBJS) -o $@

# For other guests without an operating system, which have a probe_main() of their own.
$(O)/probe/libprobe.a: $(filter-out %/main.o,$(PROBE_OBJS))
	@echo "  AR      $@"
	@rm -f $@ && $(AR) rcsD $@ $^
