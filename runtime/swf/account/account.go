package account

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// A Config says what the environment does not. Its zero value leaves everything
// to that.
type Config struct {
	Region   string
	Profile  string            // of the files of `aws configure`
	Attempts int               // at most so many of a call; 0 is 4. Long-running processes want more
	HTTP     http.RoundTripper // what carries requests; nil is one with time-outs that long polls fit into
}

const (
	attempts       = 4                      // of a command that a person waits for
	maxDelay       = 20 * time.Second       // between two attempts
	shortDelay     = 200 * time.Millisecond // after the first
	throttledDelay = 800 * time.Millisecond
	callTime       = 100 * time.Second
	dialTime       = 10 * time.Second
	idleConns      = 256 // a process may have so many pollers, and each a connection

	// fallbackRegion is what requests to an endpoint are signed for when nobody
	// says a region: such services look at no region.
	fallbackRegion = "us-east-1"
)

var regionName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`)

// An Account is who we are, and how we speak.
type Account struct {
	sdk    aws.Config
	config Config
}

// Load reads the environment and the files of `aws configure`. It needs no
// network.
func Load(ctx context.Context, c Config) (*Account, error) {
	sdk, err := c.load(ctx)
	if err != nil {
		return nil, Explain(err)
	}
	a := &Account{sdk: sdk, config: c}
	a.sdk.HTTPClient = c.client()
	return a, nil
}

// load reads what the SDK reads.
func (c Config) load(ctx context.Context, more ...func(*config.LoadOptions) error) (aws.Config, error) {
	var opts []func(*config.LoadOptions) error
	if c.Region != "" {
		opts = append(opts, config.WithRegion(c.Region))
	}
	if c.Profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(c.Profile))
	}
	return config.LoadDefaultConfig(ctx, append(opts, more...)...)
}

// client returns what sends requests. A long poll is answered after 60 s at
// the latest, if it is answered at all.
func (c Config) client() aws.HTTPClient {
	if c.HTTP != nil {
		return &http.Client{Transport: c.HTTP, Timeout: callTime}
	}
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = dialTime }).
		WithTransportOptions(func(t *http.Transport) { t.MaxIdleConns, t.MaxIdleConnsPerHost = idleConns, idleConns }).
		WithTimeout(callTime)
}

// SDK returns what the environment says, unchecked: for finding out where a
// service is. See [Account.At].
func (a *Account) SDK() aws.Config { return a.sdk }

// At returns how to speak to a service at an endpoint, which is "" if it is
// where AWS has it. It makes sure that there are credentials.
func (a *Account) At(ctx context.Context, endpoint string) (aws.Config, error) {
	sdk := a.sdk.Copy()
	if sdk.Region == "" {
		if endpoint == "" {
			return sdk, &Unreachable{Why: "no AWS region is named: say --region, or set AWS_REGION"}
		}
		sdk.Region = fallbackRegion
	}
	if !regionName.MatchString(sdk.Region) {
		return sdk, &Unreachable{Why: "`" + sdk.Region + "` is no AWS region"}
	}
	found := &source{load: a.config.load, next: a.sdk.Credentials}
	local := loopback(endpoint)
	if local {
		found.load = func(ctx context.Context, _ ...func(*config.LoadOptions) error) (aws.Config, error) {
			return a.config.load(ctx, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
		}
		found.next = nil
	}
	cache := aws.NewCredentialsCache(found, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = 30 * time.Second })
	if _, err := cache.Retrieve(ctx); err != nil {
		if !local {
			return sdk, Explain(err)
		}
		cache = aws.NewCredentialsCache(nobody{})
	}
	sdk.Credentials = cache
	sdk.Retryer = a.config.retryer(cache)
	return sdk, nil
}

// retryer returns the one policy of trying again.
func (c Config) retryer(cache *aws.CredentialsCache) func() aws.Retryer {
	n := c.Attempts
	if n <= 0 {
		n = attempts
	}
	expired := retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
		if !hasExpired(err) {
			return aws.UnknownTernary
		}
		cache.Invalidate()
		return aws.TrueTernary
	})
	return func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.Backoff = n, retry.BackoffDelayerFunc(delay)
			o.RateLimiter = ratelimit.None // the number of attempts is bound enough
			o.Retryables = append([]retry.IsErrorRetryable{expired}, o.Retryables...)
		})
	}
}

// delay returns how long to wait after an attempt, counted from 1: twice as long
// each time, longer if there was too much of it, and never as long as another.
func delay(attempt int, err error) (time.Duration, error) {
	d := shortDelay
	if throttles.IsErrorThrottle(err).Bool() {
		d = throttledDelay
	}
	d = min(d<<min(max(attempt-1, 0), 10), maxDelay)
	return d/2 + rand.N(d/2+1), nil
}

var throttles = retry.IsErrorThrottles(retry.DefaultThrottles)

// A source finds credentials anew each time that it is asked: those in files
// may have been replaced, by `aws sso login` or by whatever rotates them.
type source struct {
	load func(context.Context, ...func(*config.LoadOptions) error) (aws.Config, error)
	next aws.CredentialsProvider // what the first load found; nil later
}

// Retrieve returns the credentials that there are now.
func (s *source) Retrieve(ctx context.Context) (aws.Credentials, error) {
	from := s.next
	s.next = nil
	if from == nil {
		sdk, err := s.load(ctx)
		if err != nil {
			return aws.Credentials{}, err
		}
		from = sdk.Credentials
	}
	if from == nil {
		return aws.Credentials{}, &missingError{fmt.Errorf("there are none")}
	}
	c, err := from.Retrieve(ctx)
	if err != nil {
		return c, &missingError{err}
	}
	return c, nil
}

// nobody signs requests to services that look at no signature.
type nobody struct{}

// Retrieve returns a key that opens nothing.
func (nobody) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "nobody", SecretAccessKey: "nothing", Source: "loopback"}, nil
}

// loopback reports whether an endpoint is on this machine.
func loopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
