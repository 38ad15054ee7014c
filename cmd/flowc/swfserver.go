package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/flowc/flowc/runtime/swfserver"
	"github.com/urfave/cli/v2"
)

func swfServerCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:  "swf-server",
		Usage: "serve the Amazon SWF protocol on this machine, for development",
		Description: `Serves Amazon SWF for any client whose endpoint can be set. The first line of
stdout is its URL. It keeps everything in memory, or in the file of --data: killed and
started again, it goes on. The first SIGTERM or Ctrl-C ends it when the requests under
way are answered, the second at once. Nobody is kept out but by --require-key, and nothing
is encrypted: leave it on the loopback interface.`,
		UsageText: "flowc swf-server\nflowc swf-server --listen 127.0.0.1:4567 --data swf.db\nflowc swf-server --quota open-activities=5 --throttle service",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Usage: "listen on `ADDRESS`, 127.0.0.1:0 unless given; port 0 is a free one", Value: "127.0.0.1:0"},
			&cli.StringFlag{Name: "data", Usage: "keep everything in `FILE`"},
			&cli.StringFlag{Name: "require-key", Usage: "refuse requests that are not signed for the access key `ID[:SECRET]`; with SECRET signatures are verified"},
			&cli.DurationFlag{Name: "poll-time", Usage: "let a poll wait for `TIME`, 60s unless given", Value: time.Minute},
			&cli.StringSliceFlag{Name: "quota", Usage: "set a quota, as `NAME=N`: open-activities=5"},
			&cli.StringSliceFlag{Name: "throttle", Usage: "limit an operation or decision, as `NAME=BURST/RATE`: PollForActivityTask=10/2; service is all of the service's rates"},
			&cli.StringSliceFlag{Name: "lambda", Usage: "run Lambda functions by the program `WORD`; further ones are its arguments, the function's name comes last"},
		},
		Action: c.swfServer,
	}
}

// swfServer serves until it is told to end.
func (c *console) swfServer(ctx *cli.Context) error {
	if _, err := arguments(ctx, 0, 0); err != nil {
		return err
	}
	config, err := c.serverConfig(ctx)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", ctx.String("listen"))
	if err != nil {
		return usagef("%w", err)
	}
	server, err := swfserver.New(config)
	if err != nil {
		_ = l.Close() // what went wrong before is what counts
		return usagef("%w", err)
	}
	ends := make(chan os.Signal, 2)
	signal.Notify(ends, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(ends)
	served := make(chan error, 1)
	if err := c.printf("http://%s\n", l.Addr()); err != nil {
		return err
	}
	go func() { served <- server.Serve(l) }()
	select {
	case err := <-served:
		return err
	case <-ends:
	}
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	go func() {
		<-ends
		cancel()
	}()
	return server.Shutdown(grace)
}

// serverConfig returns what the flags ask for.
func (c *console) serverConfig(ctx *cli.Context) (swfserver.Config, error) {
	config := swfserver.Config{
		Data:       ctx.String("data"),
		RequireKey: ctx.String("require-key"),
		PollTime:   ctx.Duration("poll-time"),
		Throttle:   map[string]swfserver.Rate{},
		Log:        slog.New(slog.NewTextHandler(c.err, nil)),
	}
	if config.PollTime <= 0 {
		return config, usagef("--poll-time must be more than 0")
	}
	for _, text := range ctx.StringSlice("quota") {
		if err := config.Quotas.Set(text); err != nil {
			return config, usagef("%w", err)
		}
	}
	for _, text := range ctx.StringSlice("throttle") {
		if err := swfserver.SetRate(config.Throttle, text); err != nil {
			return config, usagef("%w", err)
		}
	}
	if argv := ctx.StringSlice("lambda"); len(argv) > 0 {
		config.Lambda = swfserver.CommandLambda(argv...)
	}
	return config, nil
}
