package main

import (
	goruntime "runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// A build says what this program was built from.
type build struct {
	Version  string `json:"version"`            // of the module, "devel" for a working copy
	Revision string `json:"revision,omitempty"` // commit, "+changes" if it was not all
	Time     string `json:"time,omitempty"`     // of the commit
	Go       string `json:"go"`
	System   string `json:"system"` // operating system and architecture
}

func versionCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "version",
		Usage:     "say which flowc this is",
		UsageText: "flowc version\nflowc version --json",
		Flags:     []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print an object"}},
		Action: func(ctx *cli.Context) error {
			if _, err := arguments(ctx, 0, 0); err != nil {
				return err
			}
			b := thisBuild()
			if ctx.Bool("json") {
				return c.printJSON(b)
			}
			if b.Revision == "" {
				return c.printf("flowc %s, %s, %s\n", b.Version, b.Go, b.System)
			}
			return c.printf("flowc %s (%s), %s, %s\n", b.Version, b.Revision, b.Go, b.System)
		},
	}
}

// thisBuild returns what the go command has written into this program.
func thisBuild() build {
	b := build{Version: "devel", Go: goruntime.Version(), System: goruntime.GOOS + "/" + goruntime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.Revision = s.Value[:min(12, len(s.Value))] + b.Revision
		case s.Key == "vcs.modified" && s.Value == "true":
			b.Revision += "+changes"
		case s.Key == "vcs.time":
			b.Time = s.Value
		}
	}
	return b
}
