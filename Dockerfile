# Balint Circle as a container: `docker build -t balint-circle .`
# `docker run -p 8000:8000 -v balint-circle:/data balint-circle` tries it, with a Redis of its own;
# compose.yaml and docs/operations.md are for keeps.

FROM python:3.12.15-slim-trixie@sha256:29113dcae7aad06daa8e95260fa09f27d62be33b9687ea3774f771d601a02256 AS base

FROM base AS libraries
COPY requirements.lock /
RUN python -m venv /libraries \
    && /libraries/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r /requirements.lock \
    && /libraries/bin/pip uninstall --yes pip

FROM base
RUN useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin circle \
    && install -d -o circle -g circle -m 700 /data
COPY --from=libraries /libraries /libraries
WORKDIR /app
COPY server server
COPY web web
# A process may not write it, and would compile everything at each start.
RUN python -m compileall -q server
ENV PATH=/libraries/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    PORT=8000
USER 10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# Whether the process lives. Whether it can serve, /readyz says: a Redis that is away for a moment is
# no reason to start the app again.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=2)"]
CMD ["python", "-m", "server"]
