# What node:26-bookworm-slim is for the tests: the Node of the npm package `node`, and npm, on our own Debian.
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends libatomic1 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 1000 --user-group --create-home --shell /bin/bash node
COPY bin /usr/local/bin
COPY lib /usr/local/lib
CMD ["node"]
