// Pins the Jaeger that the end-to-end tests ask, v2.13.0, whose module version is v1.76.0.
//
// `go install` refuses Jaeger's module, because it has a `replace`, so that it is built as a requirement of this one, by
// scripts/build-jaeger. Its go.sum is not kept here: it is Jaeger's own, which lies in the downloaded module.
module github.com/tasker-systems/tasker-span/tests/jaeger

go 1.24.6

require github.com/jaegertracing/jaeger v1.76.0
