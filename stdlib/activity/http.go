package activity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

func registerHTTP(r *Registry) {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    30 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}
	c := &client{transport}
	Register(r, "std/http.request", c.request)
	Register(r, "std/http.download", c.download)
}

// client shares connections between the requests of one registry.
type client struct{ transport http.RoundTripper }

type requestIn struct {
	URL       string            `json:"url"`
	Method    string            `json:"method"`
	Headers   map[string]string `json:"headers"`
	Body      string            `json:"body"`
	Timeout   Duration          `json:"timeout"`
	Max       Size              `json:"max"`
	Redirects Int               `json:"redirects"`
	Check     bool              `json:"check"`
}

// Response is what std/http.request tells of an answer.
type Response struct {
	Status  Int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func (c *client) request(ctx context.Context, in requestIn) (Response, error) {
	var out Response
	x := exchange{client: c, url: in.URL, method: in.Method, headers: in.Headers, body: in.Body, timeout: in.Timeout, redirects: int(in.Redirects), any: !in.Check}
	err := x.do(ctx, func(ctx context.Context, answer *http.Response) error {
		text, err := x.text(answer.Body, in.Max)
		if err != nil {
			return err
		}
		out = Response{Status: Int(answer.StatusCode), Headers: map[string]string{}, Body: text}
		for name, values := range answer.Header {
			out.Headers[strings.ToLower(name)] = strings.ToValidUTF8(strings.Join(values, ", "), "\uFFFD")
		}
		return nil
	})
	return out, err
}

type downloadIn struct {
	URL       string            `json:"url"`
	File      string            `json:"file"`
	SHA256    string            `json:"sha256"`
	Headers   map[string]string `json:"headers"`
	Timeout   Duration          `json:"timeout"`
	Max       Size              `json:"max"`
	Redirects Int               `json:"redirects"`
}

type wrongHash struct {
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
}

func (c *client) download(ctx context.Context, in downloadIn) (string, error) {
	path, err := resolve(ctx, in.File)
	if err != nil {
		return "", err
	}
	want := strings.ToLower(in.SHA256)
	if raw, err := hex.DecodeString(want); want != "" && (err != nil || len(raw) != sha256.Size) {
		return "", errors.New("`sha256` is not 64 hexadecimal digits")
	}
	x := exchange{client: c, url: in.URL, method: http.MethodGet, headers: in.Headers, timeout: in.Timeout, redirects: int(in.Redirects), raw: true}
	err = x.do(ctx, func(ctx context.Context, answer *http.Response) error {
		if answer.ContentLength > int64(in.Max) {
			return x.tooLong(in.Max)
		}
		return replace(path, in.File, nil, func(f *os.File) error {
			sum := sha256.New()
			body := &io.LimitedReader{R: answer.Body, N: int64(in.Max) + 1}
			if err := transfer(ctx, io.MultiWriter(f, sum), body); err != nil {
				return err
			}
			if body.N <= 0 {
				return x.tooLong(in.Max)
			}
			if got := hex.EncodeToString(sum.Sum(nil)); want != "" && got != want {
				return &Error{
					Name:    "WrongHash",
					Message: fmt.Sprintf("what %s sent has another hash than expected", x.shown()),
					Fields:  wrongHash{want, got},
				}
			}
			return nil
		})
	})
	return in.File, err
}

// exchange is a request and its answer.
type exchange struct {
	client    *client
	url       string
	method    string
	headers   map[string]string
	body      string
	timeout   Duration
	redirects int
	any       bool // any status will do
	raw       bool // the answer is wanted as it is kept, not compressed on the way
}

type httpStatus struct {
	Status Int    `json:"status"`
	Body   string `json:"body"`
}

// do sends the request, and has use read the answer if its status will do. The
// timeout covers both.
func (x *exchange) do(ctx context.Context, use func(context.Context, *http.Response) error) error {
	if x.timeout <= 0 {
		return fmt.Errorf("`timeout` is %s; it must be more than nothing", x.timeout)
	}
	within, cancel := context.WithTimeout(ctx, time.Duration(x.timeout))
	defer cancel()
	r, err := x.prepare(within)
	if err != nil {
		return err
	}
	c := http.Client{Transport: x.client.transport, CheckRedirect: x.redirect}
	answer, err := c.Do(r)
	if err == nil {
		defer answer.Body.Close()
		answer.Body = &whole{answer.Body, x}
		if err = x.judge(answer); err == nil {
			err = use(within, answer)
		}
	}
	return x.explain(ctx, within, err)
}

// methods are those that a request may have; CONNECT and TRACE are for proxies
// and for finding faults in them.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// prepare makes the request.
func (x *exchange) prepare(ctx context.Context) (*http.Request, error) {
	if !slices.Contains(methods, x.method) {
		return nil, fmt.Errorf("%q is no method; one of %s is", x.method, strings.Join(methods, ", "))
	}
	r, err := http.NewRequestWithContext(ctx, x.method, x.url, strings.NewReader(x.body))
	if err != nil {
		return nil, errors.New("the address is no well-formed URL") // err would show it all
	}
	if r.URL.Scheme != "http" && r.URL.Scheme != "https" || r.URL.Host == "" {
		return nil, fmt.Errorf("%s is no address of a server; it starts with `http://` or `https://`", x.shown())
	}
	r.Header.Set("User-Agent", "flowc")
	if key := Info(ctx).Key; key != "" && (x.method == http.MethodPost || x.method == http.MethodPatch) {
		r.Header.Set("Idempotency-Key", key)
	}
	if x.raw {
		r.Header.Set("Accept-Encoding", "identity")
	}
	for name, value := range x.headers {
		if strings.EqualFold(name, "Host") {
			r.Host = value
		} else {
			r.Header.Set(name, value)
		}
	}
	return r, nil
}

// errRedirect is why a redirection is not followed, as the end of a sentence.
type errRedirect string

func (e errRedirect) Error() string { return string(e) }

// redirect decides about r, which a server wants to be sent after via. What
// the flow has said to one host is no other's to hear.
func (x *exchange) redirect(r *http.Request, via []*http.Request) error {
	last := via[len(via)-1]
	switch {
	case len(via) > x.redirects:
		return errRedirect(fmt.Sprintf("redirects more than %d times", x.redirects))
	case r.URL.Scheme != "http" && r.URL.Scheme != "https":
		return errRedirect("redirects to something that is neither http nor https")
	case last.URL.Scheme == "https" && r.URL.Scheme == "http":
		return errRedirect("redirects from https to http")
	}
	r.Header.Del("Referer") // it holds the last address with its query
	elsewhere := func(v *http.Request) bool { return !strings.EqualFold(v.URL.Host, via[0].URL.Host) }
	if elsewhere(r) || slices.ContainsFunc(via, elsewhere) { // also when sent back: the address is another's choice
		for name := range x.headers {
			r.Header.Del(name)
		}
		r.Header.Del("Idempotency-Key")
	}
	return nil
}

// judge makes an error of an answer whose status will not do.
func (x *exchange) judge(answer *http.Response) error {
	code := answer.StatusCode
	if x.any || code >= 200 && code <= 299 {
		return nil
	}
	message := strings.TrimSpace(fmt.Sprintf("%s answered %d %s", x.shown(), code, http.StatusText(code)))
	if code >= 500 || slices.Contains([]int{408, 425, 429}, code) {
		return errors.New(message)
	}
	said, err := io.ReadAll(io.LimitReader(answer.Body, tail))
	if err != nil && len(said) == 0 {
		said = nil // the status says enough
	}
	return &Error{Name: "HttpStatus", Message: message, Fields: httpStatus{Int(code), strings.ToValidUTF8(string(said), "\uFFFD")}}
}

// text reads a body that has to be text.
func (x *exchange) text(r io.Reader, max Size) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(max)+1))
	switch {
	case err != nil:
		return "", err
	case int64(len(data)) > int64(max):
		return "", x.tooLong(max)
	case !utf8.Valid(data):
		return "", fmt.Errorf("what %s sent is no UTF-8 text; `http.download` gets any file", x.shown())
	}
	return string(data), nil
}

// whole is a body whose breaking off is told as a sentence.
type whole struct {
	io.ReadCloser
	of *exchange
}

// Read reads from the body.
func (w *whole) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("the answer of %s broke off: %s", w.of.shown(), scrub(err.Error()))
	}
	return n, err
}

func (x *exchange) tooLong(max Size) error {
	return fmt.Errorf("what %s sent has more than %s; `max` allows more", x.shown(), max)
}

// shown returns the address for a message: without password and query.
func (x *exchange) shown() string {
	u, err := url.Parse(x.url)
	if err != nil {
		return "the server"
	}
	return "`" + (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String() + "`"
}

// explain makes a sentence of what went wrong, without secrets.
func (x *exchange) explain(ctx, within context.Context, err error) error {
	var ours errRedirect
	var outer *url.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err() // the driver's doing, and the driver's to explain
	case within.Err() != nil:
		return fmt.Errorf("%s took longer than %s", x.shown(), x.timeout)
	case errors.As(err, &ours):
		return fmt.Errorf("%s %w", x.shown(), ours)
	case errors.As(err, &outer):
		return fmt.Errorf("%s: %s", x.shown(), scrub(outer.Err.Error()))
	}
	return err
}

// secrets finds what an address in a text may hold of them.
var secrets = regexp.MustCompile(`(://)[^/\s@"]*@|\?[^\s"]*`)

func scrub(text string) string { return secrets.ReplaceAllString(text, "$1") }
