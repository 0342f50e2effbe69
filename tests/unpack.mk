# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the loader of bzImages.
UNPACK_TEST_FLAGS := $(HOST_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
                     -D__XEN_INTERFACE_VERSION__=0x00040e00 -include stdint.h

UNPACK_TESTS := test_unpack_formats test_unpack_load
UNIT_TESTS += $(UNPACK_TESTS:%=$(O)/tests/%)

.PRECIOUS: $(O)/tests/unpack/%.o
$(O)/tests/unpack/%.o: %.c $(CONFIG)
	@mkdir -p $(@D)
	@echo "  HOSTCC  $< (sanitizers)"
	@$(HOSTCC) $(UNPACK_TEST_FLAGS) $(DEPFLAGS) -c $< -o $@

$(UNPACK_TESTS:%=$(O)/tests/%): $(O)/tests/%: $(O)/tests/unpack/tests/unit/%.o \
    $(O)/tests/unpack/tests/unit/packer.o $(UNPACK_PORTABLE:%.c=$(O)/tests/unpack/%.o)
	@$(HOSTCC) -fsanitize=address,undefined -o $@ $^ -lcmocka -lz -llzma -llz4 -lzstd

# For tests in QEMU.
test-build: $(O)/tests/pack_bzimage
$(O)/tests/pack_bzimage: $(addprefix $(O)/tests/unpack/tests/unit/,pack_bzimage.o packer.o)
	@$(HOSTCC) -fsanitize=address,undefined -o $@ $^ -lcmocka -lz -llzma -llz4 -lzstd
