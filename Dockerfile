# One image for web and worker; docs/configuration.md names what it needs at run time.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY requirements.txt .
RUN pip install --require-hashes -r requirements.txt
COPY manage.py ./
COPY leadbot leadbot
COPY agent agent
COPY conversations conversations
COPY integrations integrations
COPY docs/openapi.yaml docs/openapi.yaml
# The key signs nothing: collecting static files only needs settings that load.
RUN SECRET_KEY=build-only python manage.py collectstatic --noinput \
    && python -m compileall -q agent conversations integrations leadbot

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    LEADBOT_DATA_DIR=/var/lib/leadbot PORT=8000 MALLOC_ARENA_MAX=1
RUN install -d -o 10001 -g 10001 /var/lib/leadbot
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "-c", "python:leadbot.gunicorn", "leadbot.wsgi:application"]
