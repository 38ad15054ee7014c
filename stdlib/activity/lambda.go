package activity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

func registerLambda(r *Registry) {
	f := &functions{}
	Register(r, "std/lambda.invoke", f.invoke)
}

// functions are those of AWS Lambda.
type functions struct{ cloud cloud }

type invokeIn struct {
	Name    string          `json:"name"`
	Payload json.RawMessage `json:"payload"`
}

func (f *functions) invoke(ctx context.Context, in invokeIn) (json.RawMessage, error) {
	c, err := f.cloud.load(ctx)
	if err != nil {
		return nil, err
	}
	if c, err = at(ctx, c, aws.ToString(lambda.NewFromConfig(c).Options().BaseEndpoint)); err != nil {
		return nil, err
	}
	out, err := lambda.NewFromConfig(c).Invoke(ctx, &lambda.InvokeInput{FunctionName: &in.Name, Payload: in.Payload})
	if err != nil {
		return nil, awsError(ctx, in.Name, err)
	}
	if kind := aws.ToString(out.FunctionError); kind != "" {
		var said struct {
			Message string `json:"errorMessage"`
			Type    string `json:"errorType"`
		}
		switch err := json.Unmarshal(out.Payload, &said); {
		case err != nil || said.Message == "" && said.Type == "":
			return nil, fmt.Errorf("the function `%s` failed (%s)", in.Name, kind)
		case said.Type == "":
			return nil, fmt.Errorf("the function `%s` failed: %s", in.Name, said.Message)
		default:
			return nil, fmt.Errorf("the function `%s` failed: %s: %s", in.Name, said.Type, said.Message)
		}
	}
	switch {
	case len(out.Payload) == 0:
		return json.RawMessage("null"), nil
	case !json.Valid(out.Payload):
		return nil, errors.New("what the function `" + in.Name + "` returned is not JSON")
	}
	return out.Payload, nil
}
