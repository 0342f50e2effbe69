# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of single files of hv/, each linked with the test and nothing else of the hypervisor.
HV_TEST_FLAGS := $(HOST_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
                 -Ihv/arch/$(ARCH) -D__XEN_INTERFACE_VERSION__=0x00040e00 -include stdint.h

HV_TESTS := test_asid test_elf test_firmware test_guest_load test_guest_memory test_microcode \
            test_share test_translate
UNIT_TESTS += $(HV_TESTS:%=$(O)/tests/%)

.PRECIOUS: $(O)/tests/hv/%.o
$(O)/tests/hv/%.o: %.c $(CONFIG)
	@mkdir -p $(@D)
	@echo "  HOSTCC  $< (sanitizers)"
	@$(HOSTCC) $(HV_TEST_FLAGS) $(DEPFLAGS) -c $< -o $@

$(O)/tests/test_asid: $(O)/tests/hv/hv/arch/$(ARCH)/asid.o
$(O)/tests/test_elf: $(O)/tests/hv/hv/domain/elf.o
$(O)/tests/test_firmware: $(O)/tests/hv/hv/arch/$(ARCH)/firmware.o
$(O)/tests/test_guest_load: $(addprefix $(O)/tests/hv/hv/,arch/$(ARCH)/guest.o domain/elf.o domain/guest_frames.o)
$(O)/tests/test_guest_memory: $(O)/tests/hv/hv/gate/guest_memory.o
$(O)/tests/test_microcode: $(O)/tests/hv/hv/arch/$(ARCH)/microcode_container.o
$(O)/tests/test_share: $(O)/tests/hv/hv/domain/share.o
$(O)/tests/test_translate: $(O)/tests/hv/hv/arch/$(ARCH)/translate.o
$(HV_TESTS:%=$(O)/tests/%): $(O)/tests/%: $(O)/tests/hv/tests/unit/%.o
	@$(HOSTCC) -fsanitize=address,undefined -o $@ $^ -lcmocka
