package activity

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"
)

// cloud is what the environment says of AWS. It is read when it is first
// needed: most runs do without.
type cloud struct {
	mu     sync.Mutex
	loaded bool
	config aws.Config
}

// load returns what the environment says.
func (c *cloud) load(ctx context.Context) (aws.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.loaded {
		loaded, err := config.LoadDefaultConfig(ctx)
		if err != nil {
			return aws.Config{}, fmt.Errorf("what is configured for AWS cannot be read: %w", err)
		}
		c.config, c.loaded = loaded, true
	}
	return c.config.Copy(), nil
}

// at completes a configuration for a service whose endpoint was configured, or
// is "". An endpoint needs no region, and one on this machine no credentials.
func at(ctx context.Context, c aws.Config, endpoint string) (aws.Config, error) {
	if c.Region == "" {
		if endpoint == "" {
			return c, errors.New("no AWS region is named: set AWS_REGION")
		}
		c.Region = "us-east-1"
	}
	if loopback(endpoint) && c.Credentials != nil {
		if _, err := c.Credentials.Retrieve(ctx); err != nil {
			c.Credentials = credentials.NewStaticCredentialsProvider("nobody", "nothing", "")
		}
	}
	return c, nil
}

// loopback reports whether an endpoint is on this machine.
func loopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || endpoint == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// awsError makes a sentence of what the SDK says went wrong with a thing.
func awsError(ctx context.Context, thing string, err error) error {
	var (
		api   smithy.APIError
		sign  *smithy.OperationError
		inURL *url.Error
	)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err() // the driver's doing, and the driver's to explain
	case errors.As(err, &api) && api.ErrorMessage() != "":
		return fmt.Errorf("`%s`: %s (%s)", thing, api.ErrorMessage(), api.ErrorCode())
	case errors.As(err, &api):
		return fmt.Errorf("`%s`: %s", thing, api.ErrorCode())
	case errors.As(err, &inURL):
		return fmt.Errorf("`%s`: %s", thing, scrub(inURL.Err.Error()))
	case errors.As(err, &sign):
		return fmt.Errorf("`%s`: %w", thing, sign.Err)
	}
	return fmt.Errorf("`%s`: %w", thing, err)
}
