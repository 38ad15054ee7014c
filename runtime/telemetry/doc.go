// Package telemetry tells the world outside what runs, deciders and workers do:
// traces, metrics and logs by OpenTelemetry, metrics for Prometheus, and logs on
// stderr.
//
// # Terms
//
// A span is a stretch of time in a trace. A run is a trace of its own, or a part
// of that of whoever started it (TRACEPARENT): the run is a span, each node in
// it one, and each attempt of a task one within that of its node. The ids of
// traces and spans are hashes of the ids of run, node and attempt. So the
// attempt that a worker performs is a part of the span of a node that a decider
// tells of, though they are different processes that share nothing, and a
// program can be given the id of its attempt by anybody (see [Telemetry.Trace]).
//
// # How it is used
//
// [Start] reads the standard variables of OpenTelemetry, OTEL_TRACES_EXPORTER,
// OTEL_EXPORTER_OTLP_ENDPOINT and their like. If none of them asks for anything,
// and nobody wants metrics to be served, there is nothing to do and nothing is
// done: no connection, no goroutine, no hashing. A nil *Telemetry is such a one.
//
// Nobody imports this package but the command. Runs, deciders and workers say
// what they tell in interfaces of their own, which [Observer] and [Telemetry]
// satisfy.
//
// Names of workflows, activities, nodes, errors and task lists are told; values,
// inputs, results and messages are not, since they may hold what is secret.
package telemetry
