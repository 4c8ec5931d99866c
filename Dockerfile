# The image holds the programs of BINARIES and a CA bundle, nothing else. Copy /tsboot out of it into an agent's image,
# or put an agent's files on top of it.
ARG BUILDER=golang:1.26

FROM ${BUILDER} AS build
WORKDIR /src
COPY . .
ARG VERSION=devel
ARG BINARIES=tsboot
# The flags are the Makefile's (LDFLAGS there says why). Modules come from vendor/ where there is one.
RUN for program in ${BINARIES}; do \
      CGO_ENABLED=0 go build -trimpath \
        -ldflags "-s -w -X=main.version=${VERSION}" \
        -ldflags "./cmd/tsboot=-s -w -E=main.start -X=runtime.godebugDefault=asyncpreemptoff=1,clobberfree=1 -X=main.forwardSIGURG=true -X=main.version=${VERSION}" \
        -o /out/ ./cmd/$program || exit 1; \
    done

FROM scratch
ARG VERSION=devel
LABEL org.opencontainers.image.title="tsboot" \
      org.opencontainers.image.description="Boots a host security agent from Parameter Store and supervises it" \
      org.opencontainers.image.source="https://github.com/tsboot/tsboot" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/ /
STOPSIGNAL SIGTERM
ENTRYPOINT ["/tsboot"]
