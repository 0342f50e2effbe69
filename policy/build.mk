# SPDX-License-Identifier: BSD-2-Clause
POLICY_SOURCES := policy/build policy/users policy/initial_sid_contexts \
    $(wildcard policy/vocabulary/* policy/modules/*.if policy/modules/*.te policy/systems/*/local.te)

$(O)/policy/%.30: policy/systems/%/system.te $(POLICY_SOURCES)
	@echo "  POLICY  $*"
	@policy/build $* $@

##@ Using it
.PHONY: policy
policy: $(O)/policy/$(SYSTEM).30 ## compile SYSTEM's policy to build/policy/
