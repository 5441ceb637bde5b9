# One image for web, worker, beat and flower; the command decides.
FROM python:3.12-slim-bookworm AS build
WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY . .
RUN VAR_DIR=/tmp/var /venv/bin/python -m ecomsync.compile_messages \
 && VAR_DIR=/tmp/var STATIC_ROOT=/app/static /venv/bin/python manage.py collectstatic --noinput

FROM python:3.12-slim-bookworm
# Pango shapes the text of printed invoices; the font with Arabic comes with the code, DejaVu takes what it lacks.
RUN apt-get update && apt-get install -y --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --create-home ecomsync && mkdir /data && chown ecomsync /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 VAR_DIR=/data STATIC_ROOT=/app/static
USER ecomsync
VOLUME /data
EXPOSE 8000
# Threads, since the sync worker keeps no connection alive; heartbeat files in memory, since a busy disk would look like
# a hanging worker.
CMD ["gunicorn", "ecomsync.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--worker-class", "gthread", \
     "--threads", "4", "--keep-alive", "30", "--reuse-port", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
