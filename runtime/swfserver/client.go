package swfserver

import (
	"bytes"
	"io"
	"net/http"
)

// Client returns a client for the SDK's option HTTPClient. The SDK for Go works
// with any, but with most of them a call to a server that is so near fails now
// and then: it closes the body of a request as soon as there is a response,
// which net/http, just about to see that the body has ended, takes for an
// error; it closes the connection, perhaps with a part of the response in it.
// With this client there is nothing left to read by then.
func (s *Server) Client() *http.Client {
	return &http.Client{Transport: inMemory{http.DefaultTransport}}
}

// inMemory hands the bodies of requests over as what they are: bytes.
type inMemory struct{ http.RoundTripper }

// RoundTrip makes a request.
func (t inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close() // it has been read
		if err != nil {
			return nil, err
		}
		whole := *r
		whole.Body = io.NopCloser(bytes.NewReader(body))
		r = &whole
	}
	return t.RoundTripper.RoundTrip(r)
}
