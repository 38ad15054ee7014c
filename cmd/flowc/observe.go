package main

import (
	"context"
	"time"

	"github.com/flowc/flowc/runtime/telemetry"
	"github.com/urfave/cli/v2"
)

// observeFlags are flags of every command that serves until it is told to end.
func observeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "metrics", Usage: "serve metrics for Prometheus at /metrics of `ADDRESS`, such as :9100; on the loopback interface unless it names a host"},
		&cli.StringFlag{Name: "log-format", Usage: "write the log as `text` or json", Value: "text"},
	}
}

// observe begins to take note of what a command does that serves, as its flags
// and the environment (OTEL_…) ask for. The function that it returns ends that.
func (c *console) observe(ctx *cli.Context) (*telemetry.Telemetry, func(), error) {
	format, address := ctx.String("log-format"), ctx.String("metrics")
	if format != "text" && format != "json" {
		return nil, nil, usagef("--log-format %q: text and json are what there is", format)
	}
	t, err := telemetry.Start(context.Background(), telemetry.Config{
		Version: thisBuild().Version, Prometheus: address != "", LogFormat: format, Stderr: c.err,
	})
	if err != nil {
		return nil, nil, usagef("%w", err)
	}
	end := func() {
		late, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = t.Shutdown(late) // nobody is left who could do something about it
	}
	if address == "" {
		return t, end, nil
	}
	url, err := t.Serve(address)
	if err != nil {
		end()
		return nil, nil, usagef("%w", err)
	}
	c.sayf("metrics: %s\n", url)
	return t, end, nil
}
