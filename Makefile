.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
MIN := 3.11
.PHONY: help run test msgraph check image fix lock venv venv-dev

# Complete, wrong on purpose, and never contacted: `check --deploy` reads it and nothing else does.
DEPLOY_ENV := \
	SECRET_KEY=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-only-for-check \
	ALLOWED_HOSTS=leadbot.example.com DEBUG=0 LEADBOT_DEMO=0 \
	DATABASE_URL=postgresql://leadbot@db.example.com/leadbot \
	WHATSAPP_MODE=cloud WHATSAPP_ACCESS_TOKEN=x WHATSAPP_PHONE_NUMBER_ID=1 \
	WHATSAPP_BUSINESS_ACCOUNT_ID=1 WHATSAPP_APP_SECRET=x WHATSAPP_VERIFY_TOKEN=x \
	AGENT_ENGINE=llm OPENAI_API_KEY=x \
	CALENDAR=outlook OUTLOOK_TENANT_ID=x OUTLOOK_CLIENT_ID=x OUTLOOK_CLIENT_SECRET=x

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

run: venv ## everything on this machine: Postgres, web, worker, phone simulator
	@$(PY) manage.py up

test: venv-dev ## all tests, browser included (needs Chromium); ARGS='-k word' picks some
	@$(PY) -m pytest -n 3 --dist loadfile $(ARGS)

msgraph: ## Microsoft's own SDK against the simulator; installs 473 MB into .venv-msgraph
	@sh .ci/venv .venv-msgraph requirements.txt requirements-dev.txt requirements-msgraph.txt
	@.venv-msgraph/bin/python -m pytest tests/integrations/outlook/test_msgraph_sdk.py

check: venv-dev ## format, lint, types, layers, migrations, deployment
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy .
	@$(VENV)/bin/lint-imports
	@$(PY) -W 'ignore:Got an error checking a consistent migration history' \
		manage.py makemigrations --check --dry-run
	@env $(DEPLOY_ENV) $(PY) manage.py check --deploy --fail-level WARNING

image: venv ## the Dockerfile's steps in an empty environment, without Docker; takes minutes
	@bash .ci/image $(VENV)

fix: venv-dev ## format, and mend what ruff can mend safely
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

lock: venv-dev ## pin and hash what the registry serves now
	@$(PY) -m pip install -q uv
	@for set in requirements requirements-dev requirements-msgraph; do \
		$(VENV)/bin/uv pip compile --universal --generate-hashes --python-version $(MIN) \
			$(LOCK_ARGS) -q $$set.in -o $$set.txt || exit 1; \
	done

venv:
	@sh .ci/venv $(VENV) requirements.txt

venv-dev:
	@sh .ci/venv $(VENV) requirements.txt requirements-dev.txt
