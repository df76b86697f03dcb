# How a layer is built, included by each layer's Makefile. `sam build` runs make in a copy of the layer's
# folder with ARTIFACTS_DIR set; it does not tell make the architecture, so `./cabinet build` exports it
# (`native` is this machine's own, for the local stack on a machine that is not Linux).
ARCHITECTURE ?= x86_64
UV ?= uv
PYTHON := $(shell $(UV) python find --no-project 3.13)
PLATFORM_x86_64 := --python-platform x86_64-manylinux_2_28
PLATFORM_arm64 := --python-platform aarch64-manylinux_2_28
here := $(dir $(lastword $(filter %layer.mk,$(MAKEFILE_LIST))))
packages = $(ARTIFACTS_DIR)/python

# Installed packages are kept between builds: they change with the lock, the code changes every minute.
kept = $(here)../.local/layers/$(shell cat requirements.lock $(here)trim.py $(here)layer.mk | cksum | tr ' ' '-')-$(ARCHITECTURE)

define install
	test -d $(kept) || { rm -rf $(kept).new && $(UV) pip install --quiet --no-build --no-deps --require-hashes \
	  --link-mode copy --target $(kept).new --python-version 3.13 $(PLATFORM_$(ARCHITECTURE)) \
	  --requirements requirements.lock && \
	  $(PYTHON) $(here)trim.py $(kept).new && $(call bytecode,$(kept).new) && mv $(kept).new $(kept); }
	cp -Rl $(kept) $(packages) 2>/dev/null || cp -R $(kept) $(packages)
endef

# Bytecode that is never compared with its source: a Lambda cannot write its own, and would compile at
# every cold start (1.39 s instead of 0.52 s for a FastAPI function). Without columns of a line it is read sooner.
bytecode = $(PYTHON) -X no_debug_ranges -m compileall -q --invalidation-mode unchecked-hash $(1)
