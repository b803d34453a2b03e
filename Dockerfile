# Written so that `docker build -t trilemma . && docker run -p 8501:8501 trilemma` works; not yet tried on an engine.
FROM python:3.11-slim-bookworm

RUN useradd --create-home --uid 1000 trilemma
WORKDIR /home/trilemma/app

# On Linux the package index serves torch with CUDA; name an index of CPU builds to save gigabytes (README, "The CPU build of torch").
ARG PIP_EXTRA_INDEX_URL=""
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt

COPY --chown=trilemma:trilemma . .
USER trilemma
ENV TRILEMMA_CACHE=/home/trilemma/cache STREAMLIT_SERVER_ADDRESS=0.0.0.0
VOLUME ["/home/trilemma/cache"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=300s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "lib", "run"]
