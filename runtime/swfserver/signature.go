package swfserver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A signature is what the Authorization header of a request says.
type signature struct {
	key     string   // the access key id
	scope   []string // date, region, service, aws4_request
	headers string   // the names of the headers that are signed
	hex     string
}

const signatureAlgorithm = "AWS4-HMAC-SHA256"

// readSignature returns the signature of a request; it is not ok if there is
// none.
func readSignature(r *http.Request) (sig signature, ok bool) {
	kind, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	fields := map[string]string{}
	for _, field := range strings.Split(rest, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[key] = value
	}
	scope := strings.Split(fields["Credential"], "/") // the key may hold anything
	if kind != signatureAlgorithm || len(scope) < 5 || fields["Signature"] == "" {
		return signature{}, false
	}
	cut := len(scope) - 4
	return signature{strings.Join(scope[:cut], "/"), scope[cut:], fields["SignedHeaders"], fields["Signature"]}, true
}

// signer checks who has signed a request, as far as that is asked for, and
// returns the region that it was signed for.
func (s *Server) signer(r *http.Request, body []byte) (region string, err error) {
	sig, signed := readSignature(r)
	region = "us-east-1"
	if signed {
		region = sig.scope[1]
	}
	key, secret, verify := strings.Cut(s.config.RequireKey, ":")
	switch {
	case key == "":
		return region, nil
	case !signed:
		return "", forbidden("MissingAuthenticationTokenException", "Missing Authentication Token")
	case sig.key != key:
		return "", forbidden("UnrecognizedClientException", "The security token included in the request is invalid.")
	case verify && !hmac.Equal([]byte(sig.hex), []byte(sig.compute(r, body, secret))):
		return "", forbidden("InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return region, nil
}

// compute returns the signature, Version 4, that the request would have with a
// secret.
func (sig signature) compute(r *http.Request, body []byte, secret string) string {
	var b strings.Builder
	query := strings.Split(r.URL.RawQuery, "&")
	slices.Sort(query)
	b.WriteString(r.Method + "\n" + max(r.URL.EscapedPath(), "/") + "\n" + strings.Join(query, "&") + "\n")
	for _, name := range strings.Split(sig.headers, ";") {
		values := slices.Clone(r.Header.Values(name))
		switch {
		case name == "host":
			values = []string{r.Host}
		case name == "content-length":
			values = []string{strconv.FormatInt(r.ContentLength, 10)}
		}
		for k, v := range values {
			values[k] = strings.Join(strings.Fields(v), " ")
		}
		b.WriteString(name + ":" + strings.Join(values, ",") + "\n")
	}
	b.WriteString("\n" + sig.headers + "\n" + hexSum(body))

	toSign := signatureAlgorithm + "\n" + r.Header.Get("X-Amz-Date") + "\n" + strings.Join(sig.scope, "/") + "\n" + hexSum([]byte(b.String()))
	key := []byte("AWS4" + secret)
	for _, part := range append(slices.Clone(sig.scope), toSign) {
		mac := hmac.New(sha256.New, key)
		_, _ = mac.Write([]byte(part)) // never fails
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}

func hexSum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func forbidden(name, message string) *fault {
	f := serviceFault(name, "%s", message)
	f.status = http.StatusForbidden
	return f
}
