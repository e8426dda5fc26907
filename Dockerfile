# An image of one file, the binary: COPY --from=drainit /drainit /drainit
FROM node:26-bookworm-slim AS build
WORKDIR /repository
COPY LICENSE package.json package-lock.json ./
COPY scripts scripts
RUN node scripts/setup.mjs build && rm -rf /var/lib/apt/lists/*
COPY src src
RUN npm run build

FROM scratch
COPY --from=build /repository/dist/drainit /drainit
ENTRYPOINT ["/drainit", "--"]
