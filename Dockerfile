# The image, for those who have Docker and no Go: docker build -t tsboot --build-arg VERSION=v1.2.3 .
# It holds the programs of BINARIES, their SBOMs and a CA bundle, nothing else. Copy /tsboot out of it into an agent's image,
# or put an agent's files on top of it. make image gives the same files and labels, and the same digest each time.
ARG BUILDER=golang:1.26.8

FROM ${BUILDER} AS build
WORKDIR /src
COPY . .
ARG VERSION=devel
ARG BINARIES=tsboot
ARG SOURCE_DATE_EPOCH=0
# Modules come from vendor/ where there is one.
RUN CGO_ENABLED=0 go run ./release/tree -version "${VERSION}" -created "${SOURCE_DATE_EPOCH}" -o /out ${BINARIES}

FROM scratch
ARG VERSION=devel
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="tsboot" \
      org.opencontainers.image.description="Boots a host security agent from Parameter Store and supervises it" \
      org.opencontainers.image.source="https://github.com/tsboot/tsboot" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
COPY --from=build /out/ /
STOPSIGNAL SIGTERM
ENTRYPOINT ["/tsboot"]
