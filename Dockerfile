# An image of one file, the binary: COPY --from=drainit /drainit /drainit
FROM --platform=$BUILDPLATFORM node:26-bookworm-slim AS build
# amd64 or arm64, which BuildKit, buildah and podman say; where nobody does, it is that of the machine.
ARG TARGETARCH
WORKDIR /repository
COPY LICENSE package.json package-lock.json ./
COPY scripts scripts
RUN purpose=build; [ "${TARGETARCH:-$(dpkg --print-architecture)}" = "$(dpkg --print-architecture)" ] || purpose=cross; \
    node scripts/setup.mjs "$purpose" && rm -rf /var/lib/apt/lists/*
COPY src src
RUN node scripts/build-native.ts --arch "${TARGETARCH:-$(dpkg --print-architecture)}" --output /drainit

FROM scratch
COPY --from=build /drainit /drainit
ENTRYPOINT ["/drainit", "--"]
