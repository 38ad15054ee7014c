package swf

import (
	"context"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/flowc/flowc/runtime/swf/account"
)

// A Config says which domain, and where.
type Config struct {
	account.Config
	Domain   string
	Endpoint string // URL of the service, "" for AWS or what AWS_ENDPOINT_URL_SWF or AWS_ENDPOINT_URL say
}

// A Client is the service, as the SDK has it, and a domain of it. Its calls
// give the errors of the SDK: [account.Explain] says them to people. They are
// tried again by the policy of package account, and must not be by anything
// else.
type Client struct {
	*sdk.Client
	Domain   string
	Endpoint string // where the service is, "" where AWS has it
	Region   string
}

// Connect returns a client. It finds credentials, but does not speak to the
// service: the first call does. Its errors are explained.
func Connect(ctx context.Context, c Config) (*Client, error) {
	if err := checkEndpoint(c.Endpoint); err != nil {
		return nil, err
	}
	a, err := account.Load(ctx, c.Config)
	if err != nil {
		return nil, err
	}
	endpoint := c.Endpoint
	if endpoint == "" {
		endpoint = aws.ToString(sdk.NewFromConfig(a.SDK()).Options().BaseEndpoint)
	}
	config, err := a.At(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	client := sdk.NewFromConfig(config, func(o *sdk.Options) {
		o.HTTPClient = transport{o.HTTPClient}
		if c.Endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})
	return &Client{Client: client, Domain: c.Domain, Endpoint: endpoint, Region: config.Region}, nil
}

// checkEndpoint makes sure that an endpoint is the address of a server.
func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	if u, err := url.Parse(endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return &account.Unreachable{Why: "the endpoint `" + endpoint + "` is no address: write it as in http://127.0.0.1:4567"}
	}
	return nil
}

// Check makes sure that the domain is there and may be used.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.DescribeDomain(ctx, &sdk.DescribeDomainInput{Name: &c.Domain})
	return account.Explain(err)
}
