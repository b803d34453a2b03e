# Written so that `docker build -t trilemma . && docker run -p 8501:8501 trilemma` works; not yet tried on an engine.
# The digest is that of the tag in September 2026, for x86-64 and ARM. `docker buildx imagetools inspect
# python:3.11-slim-bookworm` prints today's: take it over from time to time, for Debian's security updates.
FROM python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

RUN useradd --create-home --uid 1000 trilemma
WORKDIR /home/trilemma/app

# Only what the locks name, and only as they name it. Torch alone comes from pytorch.org: the package index serves it with
# CUDA, gigabytes. The locked setuptools comes first because docopt and readability are built from source.
COPY requirements.lock requirements-torch.lock ./
RUN sed -n '/^setuptools==/,/# via/p' requirements.lock > /tmp/setuptools.lock \
    && pip install --no-cache-dir --no-deps --require-hashes -r /tmp/setuptools.lock \
    && pip install --no-cache-dir --no-deps --require-hashes --no-build-isolation -r requirements.lock \
    && pip install --no-cache-dir --no-deps --require-hashes --index-url https://download.pytorch.org/whl/cpu -r requirements-torch.lock \
    && pip check

COPY --chown=trilemma:trilemma . .
USER trilemma
# Made by the user who writes there: a volume takes over the owner of the folder that it covers.
RUN mkdir -p /home/trilemma/cache data/local
ENV TRILEMMA_CACHE=/home/trilemma/cache STREAMLIT_SERVER_ADDRESS=0.0.0.0
VOLUME ["/home/trilemma/cache"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=300s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
# A list, not a line for a shell: python is process 1, so `docker stop` reaches it.
CMD ["python", "-m", "lib", "run"]
