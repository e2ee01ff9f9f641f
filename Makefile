.PHONY: run test model-test lint types openapi ci messages requirements

# Enough for tools that only read the settings: nothing listens there.
SETTINGS = DATABASE_URL=postgres://nobody@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0 DJANGO_SECRET_KEY=none FIELD_ENCRYPTION_KEYS=none

run:
	python3 start.py

test:
	python3 start.py test

# 2,000 random sequences through both sides, the post and the wire; it says how many it came to in the time it has.
# Another seed, another number, more time: make model-test MODEL_SEED=17 MODEL_SEQUENCES=500 MODEL_MINUTES=60
MODEL_SEED ?= 4
MODEL_SEQUENCES ?= 2000
MODEL_MINUTES ?= 23
model-test:
	MODEL_SEED=$(MODEL_SEED) MODEL_SEQUENCES=$(MODEL_SEQUENCES) MODEL_UNTIL=$$(($$(date +%s) + 60 * $(MODEL_MINUTES))) \
	    .venv/bin/python -m pytest tests/model --numprocesses 2 --quiet --maxfail 3

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports

types:
	$(SETTINGS) .venv/bin/mypy config webhooks calcom appointments companies devstack bench tests start.py manage.py

# The description of the API: valid, and nothing in it that had to be guessed.
openapi:
	$(SETTINGS) .venv/bin/python manage.py spectacular --validate --fail-on-warn --file /dev/null

ci:
	bash .ci/run

# German texts: collect what is new, translate in locale/de, compile (both files are committed).
messages:
	$(SETTINGS) .venv/bin/python manage.py makemessages --locale de --add-location file --no-obsolete \
	    --ignore .venv --ignore var --ignore tests --ignore bench --ignore devstack --ignore staticfiles
	$(SETTINGS) .venv/bin/python manage.py compilemessages --locale de --ignore .venv

# After a change of pyproject.toml. The lists name no package index; uv.lock does and stays untracked.
requirements:
	uv lock
	uv export --quiet --no-header --no-default-groups --no-emit-project --output-file requirements/prod.txt
	uv export --quiet --no-header --no-default-groups --no-emit-project --extra demo --output-file requirements/demo.txt
	uv export --quiet --no-header --no-default-groups --no-emit-project --extra demo --group test --output-file requirements/test.txt
