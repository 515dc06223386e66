# Every target is one line that can be typed without make: python3 -m publishing TARGET
# Options for pip:  make book PIP_ARGS="--no-cache-dir"
PYTHON ?= python3
export PIP_ARGS

.DEFAULT_GOAL := help
.PHONY: help install book pdf serve lab notebooks check test labtest browsers audit bench deviations claims mutants clean
help install book pdf serve lab notebooks check test labtest browsers audit bench deviations claims mutants clean:
	@$(PYTHON) -m publishing $@
