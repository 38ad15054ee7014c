package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/urfave/cli/v2"
)

// domainFlags are flags of every command that works on a domain of Amazon SWF.
func domainFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "domain", EnvVars: []string{"FLOW_DOMAIN"}, Usage: "work on the domain `D` of Amazon SWF"},
		&cli.StringFlag{Name: "region", Usage: "the domain is in the AWS region `R` (default: AWS_REGION, …)"},
		&cli.StringFlag{Name: "endpoint", Usage: "the service is at `URL` (default: AWS_ENDPOINT_URL_SWF, AWS_ENDPOINT_URL, else AWS's own)"},
		&cli.StringFlag{Name: "blobs", EnvVars: []string{"FLOW_BLOBS"}, Usage: "programs and large values are kept at `URL`: s3://bucket/prefix or a folder (default: swf in the state folder)"},
		profileFlag(),
	}
}

// A domain is where a command works, after the flags, the environment and the
// project file have been heard, in this order.
type domain struct {
	project *project
	name    string // "" is this machine
	blobs   string // URL or folder; see needDomain
	service swf.Config
}

// domainOf returns where a command works that is about a file; "" means the
// current folder.
func domainOf(ctx *cli.Context, file string) (*domain, error) {
	p, err := projectOf(file, ctx.String("profile"))
	if err != nil {
		return nil, err
	}
	// The SDK reads the environment itself: what stands there must not be passed
	// by, so that the file only speaks where nothing does.
	says := func(flag, file string, vars ...string) string {
		if value := ctx.String(flag); value != "" {
			return value
		}
		for _, v := range vars {
			if os.Getenv(v) != "" {
				return ""
			}
		}
		return file
	}
	s := p.settings
	d := &domain{project: p, name: says("domain", s.Domain)}
	d.service = swf.Config{
		Domain:   d.name,
		Endpoint: says("endpoint", s.Endpoint, "AWS_ENDPOINT_URL_SWF", "AWS_ENDPOINT_URL"),
		Config: account.Config{
			Region:  says("region", s.Region, "AWS_REGION", "AWS_DEFAULT_REGION"),
			Profile: says("", s.AWSProfile, "AWS_PROFILE", "AWS_ACCESS_KEY_ID"),
		},
	}
	return d, nil
}

// blobs returns where programs and large values are kept, if no flag and no
// variable says it.
func (p *project) blobs(stateFlag string) (string, error) {
	switch b := p.settings.Blobs; {
	case strings.Contains(b, "://"):
		return b, nil
	case b != "":
		return p.folder(b), nil
	}
	folder, err := stateFolder(p.stateDir(stateFlag))
	if err != nil {
		return "", err
	}
	// Not where the values of local runs are: `flowc prune` takes from there what
	// no local run names.
	return filepath.Join(folder, "swf"), nil
}

// needDomain is domainOf for commands that are about a domain.
func needDomain(ctx *cli.Context, file string) (*domain, error) {
	d, err := domainOf(ctx, file)
	switch {
	case err != nil:
		return nil, err
	case d.name == "":
		return nil, usagef("which domain? Say --domain, set FLOW_DOMAIN, or give %s a line `domain = \"…\"`", projectFile)
	}
	if d.blobs = ctx.String("blobs"); d.blobs == "" {
		d.blobs, err = d.project.blobs(ctx.String("state"))
	}
	return d, err
}

// connect returns a client for the domain. Nothing is sent yet.
func (d *domain) connect(ctx context.Context) (*swf.Client, error) {
	client, err := swf.Connect(ctx, d.service)
	return client, backend(err)
}

// backend returns the error of something that was asked of a service: one that
// says in a sentence what is wrong, and ends the command with the exit code
// for it. It returns nil for nil, and an error that has a code as it is.
func backend(err error) error {
	var known *exitError
	var away *account.Unreachable
	if err == nil || errors.As(err, &known) {
		return err
	}
	err = account.Explain(err)
	switch {
	case errors.Is(err, context.Canceled):
		return errCancelled
	case errors.As(err, &away):
		return &exitError{exitUnreachable, away}
	}
	return &exitError{exitFailed, err}
}
