# SPDX-License-Identifier: BSD-2-Clause
##@ Proving it
MINUTES ?= 30
.PHONY: mutate mutate-hooks
mutate-hooks: $(DEPS) test-build ## change one row of xsm/hooks.def after the other: which changes does no regression of policies notice?
	@tests/mutate_hooks

mutate: $(DEPS) $(O)/guests/vmlinuz $(O)/guests/initrd ## for MINUTES (30): remove one check after the other: which do the tests not miss?
	@tests/mutate --minutes $(MINUTES)
