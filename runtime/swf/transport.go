package swf

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A transport sends requests.
type transport struct{ next aws.HTTPClient }

// Do sends a request, with its body in memory: headers and body go in one
// packet, and there is nothing left of a request that the SDK could close while
// it is read, which now and then cost the answer, and a poll its task. The bytes
// of the answer are counted for whoever asked for that with [counting].
func (t transport) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close() // it was only read
		if err != nil {
			return nil, err
		}
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		r.Body, _ = r.GetBody()
	}
	answer, err := t.next.Do(r)
	if n, ok := r.Context().Value(counted{}).(*atomic.Int64); ok && err == nil {
		answer.Body = &meteredBody{answer.Body, n}
	}
	return answer, err
}

type counted struct{}

// counting makes the bytes of answers to calls under a context be added to n.
func counting(ctx context.Context, n *atomic.Int64) context.Context {
	return context.WithValue(ctx, counted{}, n)
}

type meteredBody struct {
	io.ReadCloser
	n *atomic.Int64
}

// Read counts what is read.
func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n.Add(int64(n))
	return n, err
}
