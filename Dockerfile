# One image with the whole appliance. `make image` builds it; docs/DEPLOY.md says how it is run.
#
# It starts from Debian's slim image alone and takes its compilers from Debian: rustc-web and cargo-web are the Rust that
# Debian keeps new enough for Firefox and Chromium. BASE may carry a digest; fly.toml pins one.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS rust
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends ca-certificates cargo-web gcc libc6-dev pkg-config rustc-web \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY market_data market_data
ARG QF_BUILD
RUN cd market_data \
 && cargo build --release --locked -p feed -p exchange_sim \
 && strip target/release/market_data target/release/exchange_sim

FROM ${BASE} AS ocaml
SHELL ["/bin/bash", "-eo", "pipefail", "-c"]
COPY setup/packages.txt /build/setup/
RUN apt-get update -q \
 && awk '$1 == "run" && $2 ~ /ocaml|^gcc$|^libc6-dev$/ {print $2}' /build/setup/packages.txt \
  | xargs apt-get install -y -q --no-install-recommends \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY core_risk core_risk
ARG QF_BUILD
RUN cd core_risk \
 && dune build --root . --profile release ./bin/core_risk.exe \
 && strip -o /build/core_risk.exe _build/default/bin/core_risk.exe

FROM ${BASE} AS page
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends ca-certificates nodejs npm \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build/strategy/dashboard
COPY strategy/dashboard/package.json strategy/dashboard/package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
COPY strategy/dashboard .
RUN npm run --silent build -- --logLevel warn

FROM ${BASE} AS python
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/quantumflow
COPY requirements.lock requirements-build.lock ./
RUN python3 -m venv .venv \
 && .venv/bin/pip install -q --no-cache-dir --require-hashes -r requirements.lock -r requirements-build.lock \
 && find .venv/lib -type d -name tests -prune -exec rm -rf {} +
COPY pyproject.toml README.md quantumflow.toml supervisord.conf ./
COPY strategy strategy
COPY reports reports
COPY --from=page /build/strategy/quantumflow/web/page strategy/quantumflow/web/page
ARG QF_BUILD
# Whole seconds on every source: Numba's cache knows a source by its time, and a layer may keep no fractions.
RUN .venv/bin/pip install -q --no-deps --no-build-isolation --no-index -e . \
 && .venv/bin/pip uninstall -q -y setuptools pip \
 && rm -rf ./*.egg-info strategy/*.egg-info strategy/dashboard README.md pyproject.toml requirements*.lock \
 && printf '%s\n' "$QF_BUILD" >strategy/quantumflow/build.txt \
 && find strategy reports -exec touch -h -d @1700000000 {} +

FROM ${BASE}
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends ca-certificates libev4 libgmp10 python3 tzdata \
 && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /var/log/* \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin quantumflow \
 && install -d -o quantumflow -g quantumflow -m 0700 /data
COPY --from=python /opt/quantumflow /opt/quantumflow
COPY --from=rust /build/market_data/target/release/market_data /build/market_data/target/release/exchange_sim \
  /opt/quantumflow/market_data/target/release/
COPY --from=ocaml /build/core_risk.exe /opt/quantumflow/core_risk/_build/default/bin/

# A generic processor: the kernels compiled here are then valid wherever the image runs, and round alike everywhere.
ENV PATH=/opt/quantumflow/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    NUMBA_CPU_NAME=generic
RUN python -m quantumflow.warm

# A deployed appliance names its venue and never falls back to another.
ENV NUMBA_CACHE_DIR=/tmp/quantumflow \
    QF_VENUE__NAME=binance \
    QF_WEB__HOST=0.0.0.0
USER 10001
WORKDIR /
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-m", "quantumflow.appliance.healthcheck"]
ENTRYPOINT ["quantumflow"]
CMD ["up", "--unattended"]
