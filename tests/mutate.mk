# SPDX-License-Identifier: BSD-2-Clause
##@ Proving it
MINUTES ?= 30
.PHONY: mutate
mutate: $(DEPS) $(O)/guests/vmlinuz $(O)/guests/initrd ## for MINUTES (30): remove one check after the other: which do the tests not miss?
	@tests/mutate --minutes $(MINUTES)
