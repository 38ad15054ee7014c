package account

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Unreachable says, in a sentence, why a service could not be asked: there are
// no credentials, no region, no connection, no such domain, no permission.
type Unreachable struct {
	Why string
	err error
}

// Error returns the sentence.
func (e *Unreachable) Error() string { return e.Why }

// Unwrap returns what the SDK said.
func (e *Unreachable) Unwrap() error { return e.err }

// Refused is a call that the service has understood and not done.
type Refused struct {
	Operation string // StartWorkflowExecution
	Code      string // UnknownResourceFault
	Message   string // of the service
	err       error
}

// Error returns what the service said.
func (e *Refused) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("%s was refused: %s", e.Operation, e.Code)
	}
	return fmt.Sprintf("%s was refused: %s (%s)", e.Operation, e.Message, e.Code)
}

// Unwrap returns what the SDK said.
func (e *Refused) Unwrap() error { return e.err }

// missingError is what a source of credentials had to say.
type missingError struct{ err error }

func (e *missingError) Error() string { return e.err.Error() }
func (e *missingError) Unwrap() error { return e.err }

var (
	expiredCodes = []string{"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
	strangeCodes = []string{
		"UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "InvalidSignatureException", "SignatureDoesNotMatch",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature", "IncompleteSignatureException", "NotAuthorized",
	}
	deniedCodes = []string{"AccessDenied", "AccessDeniedException", "OperationNotPermittedFault", "OptInRequired"}
)

// hasExpired reports whether a call was refused because the credentials have
// expired.
func hasExpired(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(expiredCodes, api.ErrorCode())
}

// Explain returns the error of a call of the SDK as one that a person can do
// something about: an *[Unreachable] or a *[Refused], with what the SDK said
// wrapped in it. It holds no secret. What it does not know, it returns.
func Explain(err error) error {
	var (
		known   *Unreachable
		refused *Refused
		missing *missingError
		profile config.SharedConfigProfileNotExistError
		api     smithy.APIError
	)
	switch {
	case err == nil || errors.As(err, &known) || errors.As(err, &refused) || errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &profile):
		return because(err, "there is no profile `%s` in the files of `aws configure`", profile.Profile)
	case errors.As(err, &missing):
		return explainMissing(err, missing.err)
	case errors.As(err, &api):
		return explainAnswer(err, api)
	default:
		return explainNetwork(err)
	}
}

func because(err error, format string, args ...any) error {
	return &Unreachable{Why: fmt.Sprintf(format, args...), err: err}
}

// explainMissing says why there are no credentials.
func explainMissing(err, cause error) error {
	var sso *ssocreds.InvalidTokenError
	var api smithy.APIError
	switch {
	case errors.As(cause, &sso):
		return because(err, "the SSO session has expired: `aws sso login` begins another")
	case errors.As(cause, &api):
		return because(err, "the AWS credentials cannot be had: %s: %s", api.ErrorCode(), sentence(api.ErrorMessage()))
	case strings.Contains(cause.Error(), "credential_process") || strings.Contains(cause.Error(), "process provider"):
		return because(err, "the credential_process of the AWS profile has failed")
	default:
		return because(err, "there are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with AWS_PROFILE")
	}
}

// explainAnswer says what the service has answered.
func explainAnswer(err error, api smithy.APIError) error {
	code, message := api.ErrorCode(), sentence(api.ErrorMessage())
	operation := operationOf(err)
	var answer *smithyhttp.ResponseError
	switch {
	case slices.Contains(expiredCodes, code):
		return because(err, "the AWS credentials have expired (%s)", code)
	case slices.Contains(strangeCodes, code):
		return because(err, "AWS does not know these credentials, or the clock of this machine is wrong (%s)", code)
	case slices.Contains(deniedCodes, code):
		return because(err, "these AWS credentials may not do %s: %s", operation, orElse(message, code))
	case code == "UnknownResourceFault" && strings.HasPrefix(message, "Unknown domain"):
		return because(err, "there is no such SWF domain in this region and account: %s", strings.ToLower(message[:1])+message[1:])
	case throttles.IsErrorThrottle(err).Bool():
		return because(err, "%s is throttled, and was so at every attempt (%s)", operation, code)
	case errors.As(err, &answer) && answer.HTTPStatusCode() >= http.StatusInternalServerError:
		return because(err, "the service is in trouble: %s gave %d %s", operation, answer.HTTPStatusCode(), code)
	case code == "UnknownError" || code == "":
		return because(err, "what answers does not speak the protocol of the service: %s gave %d", operation, status(answer))
	default:
		return &Refused{Operation: operation, Code: code, Message: message, err: err}
	}
}

// explainNetwork says why there was no answer.
func explainNetwork(err error) error {
	var (
		request *url.Error
		name    *net.DNSError
		cert    *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		net     net.Error
		answer  *awshttp.ResponseError
		garbled *smithy.DeserializationError
	)
	where := "the service"
	if errors.As(err, &request) {
		where = place(request.URL)
	}
	switch {
	case errors.As(err, &name):
		return because(err, "%s cannot be reached: there is no host `%s`", where, name.Name)
	case errors.As(err, &cert), errors.As(err, &unknown):
		return because(err, "%s cannot be trusted: its certificate is not valid", where)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &net) && net.Timeout():
		return because(err, "%s does not answer in time", where)
	case request != nil:
		return because(err, "%s cannot be reached: %s", where, sentence(innermost(request).Error()))
	case errors.As(err, &garbled), errors.As(err, &answer):
		return because(err, "what answers does not speak the protocol of the service")
	default:
		return err
	}
}

// operationOf returns the name of the call that gave an error.
func operationOf(err error) string {
	var op *smithy.OperationError
	if errors.As(err, &op) {
		return op.Operation()
	}
	return "the call"
}

// place returns the part of an address that says where a service is.
func place(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "the service"
	}
	return u.Scheme + "://" + u.Host
}

// innermost returns the error that was first.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

func status(answer *smithyhttp.ResponseError) int {
	if answer == nil {
		return 0
	}
	return answer.HTTPStatusCode()
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// sentence returns the first line of a message, at most so much of it as a
// person reads.
func sentence(message string) string {
	message, _, _ = strings.Cut(strings.TrimSpace(message), "\n")
	if r := []rune(message); len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return strings.TrimSuffix(message, ".")
}
