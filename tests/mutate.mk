# SPDX-License-Identifier: BSD-2-Clause
##@ Proving it
.PHONY: mutate
mutate: $(DEPS) $(O)/guests/vmlinuz $(O)/guests/initrd ## remove one check after the other: which do the tests not miss?
	@tests/mutate
