# How a layer is built, included by each layer's Makefile. `sam build` runs make in a copy of the layer's
# folder with ARTIFACTS_DIR set; it does not tell make the architecture, so `./cabinet build` exports it
# (`native` is this machine's own, for the local stack on a machine that is not Linux).
ARCHITECTURE ?= x86_64
UV ?= uv
PYTHON := $(UV) run --no-project --quiet --python 3.13 python
PLATFORM_x86_64 := --python-platform x86_64-manylinux_2_28
PLATFORM_arm64 := --python-platform aarch64-manylinux_2_28
here := $(dir $(lastword $(filter %layer.mk,$(MAKEFILE_LIST))))
packages = $(ARTIFACTS_DIR)/python

define install
	$(UV) pip install --quiet --no-build --no-deps --require-hashes --link-mode copy --target $(packages) \
	  --python-version 3.13 $(PLATFORM_$(ARCHITECTURE)) --requirements requirements.lock
	rm -rf $(packages)/bin $(packages)/.lock $(packages)/tests
	$(PYTHON) $(here)trim.py $(packages)
endef

# Bytecode that is never compared with its source: a Lambda cannot write its own, and would compile at
# every cold start (1.39 s instead of 0.52 s for a FastAPI function).
define bytecode
	$(PYTHON) -m compileall -q -j 0 --invalidation-mode unchecked-hash $(ARTIFACTS_DIR)
endef
