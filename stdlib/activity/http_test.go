package activity_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/stdlib/activity"
)

// site is a server with one page for each behaviour.
func site(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	text := func(path string, status int, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	text("/ok", 200, "fine")
	text("/created", 201, "made")
	text("/missing", 404, "no such page")
	text("/busy", 503, "later")
	text("/slow-down", 429, "later")
	text("/binary", 200, "\xff\xfe")
	text("/long", 200, strings.Repeat("x", 1000))
	text("/talkative", 400, strings.Repeat("y", 20_000))
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Add("X-Many", "1")
		w.Header().Add("X-Many", "2")
		fmt.Fprintf(w, "%s %s %s key=%s token=%s host=%s referer=%s", r.Method, r.URL, body,
			r.Header.Get("Idempotency-Key"), r.Header.Get("X-Token"), r.Host, r.Header.Get("Referer"))
	})
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("url"))
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/again", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/hangs", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "abc")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/breaks", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "abc")
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// get requests a page and returns its body.
func get(t *testing.T, ctx context.Context, args map[string]any) (activity.Response, error) {
	t.Helper()
	out, err := call(t, ctx, "std/http.request", args)
	var r activity.Response
	if err == nil {
		if err := json.Unmarshal(out, &r); err != nil {
			t.Fatal(err)
		}
	}
	return r, err
}

func TestRequest(t *testing.T) {
	s := site(t)
	ctx := activity.NewContext(context.Background(), activity.Attempt{Key: "k1"})
	r, err := get(t, ctx, map[string]any{"url": s.URL + "/echo?q=1", "headers": map[string]string{"x-token": "T"}})
	host := strings.TrimPrefix(s.URL, "http://")
	if want := "GET /echo?q=1  key= token=T host=" + host + " referer="; err != nil || r.Status != 200 || r.Body != want {
		t.Errorf("got %v, %v\nwant %s", r, err, want)
	}
	if r.Headers["x-many"] != "1, 2" {
		t.Errorf("got headers %v", r.Headers)
	}
	r, err = get(t, ctx, map[string]any{"url": s.URL + "/echo", "method": "POST", "body": "é", "headers": map[string]string{"host": "other"}})
	if want := "POST /echo é key=k1 token= host=other referer="; err != nil || r.Body != want {
		t.Errorf("got %v, %v\nwant %s", r, err, want)
	}
	if r, err := get(t, ctx, map[string]any{"url": s.URL + "/created"}); err != nil || r.Status != 201 {
		t.Errorf("got %v, %v", r, err)
	}
	if r, err := get(t, ctx, map[string]any{"url": s.URL + "/missing", "check": false}); err != nil || r.Status != 404 || r.Body != "no such page" {
		t.Errorf("got %v, %v", r, err)
	}
}

func TestStatusesThatPassAreOrdinaryFailures(t *testing.T) {
	s := site(t)
	_, err := get(t, context.Background(), map[string]any{"url": s.URL + "/missing?token=secret"})
	wantError(t, err, "`"+s.URL+"/missing` answered 404 Not Found")
	wantDeclared(t, err, "std/http.HttpStatus", `{"status":404,"body":"no such page"}`)
	_, err = get(t, context.Background(), map[string]any{"url": s.URL + "/talkative"})
	wantDeclared(t, err, "std/http.HttpStatus", `{"status":400,"body":"`+strings.Repeat("y", 8<<10)+`"}`)
	for page, want := range map[string]string{"/busy": "503 Service Unavailable", "/slow-down": "429 Too Many Requests"} {
		_, err := get(t, context.Background(), map[string]any{"url": s.URL + page})
		wantError(t, err, "`"+s.URL+page+"` answered "+want)
		if e := new(activity.Error); errors.As(err, &e) {
			t.Errorf("%s is a declared error", page)
		}
	}
}

func TestRequestRefuses(t *testing.T) {
	s := site(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	withSecrets := strings.Replace(gone.URL, "http://", "http://ann:secret@", 1) + "/x?token=secret"
	for _, c := range []struct {
		args map[string]any
		want string
	}{
		{map[string]any{"url": "ftp://host/x?token=secret"}, "`ftp://host/x` is no address of a server; it starts with `http://` or `https://`"},
		{map[string]any{"url": "file:///etc/passwd"}, "`file:///etc/passwd` is no address of a server; it starts with `http://` or `https://`"},
		{map[string]any{"url": "http://ann:secret@ho st/"}, "the address is no well-formed URL"},
		{map[string]any{"url": s.URL + "/ok", "method": "CONNECT"}, `"CONNECT" is no method; one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS is`},
		{map[string]any{"url": s.URL + "/ok", "headers": map[string]string{"x": "secret\r\ny: z"}}, "`" + s.URL + "/ok`: net/http: invalid header field value for \"X\""},
		{map[string]any{"url": s.URL + "/ok", "timeout": "0s"}, "`timeout` is 0s; it must be more than nothing"},
		{map[string]any{"url": s.URL + "/long", "max": 999}, "what `" + s.URL + "/long` sent has more than 999B; `max` allows more"},
		{map[string]any{"url": s.URL + "/endless", "max": 1 << 20}, "what `" + s.URL + "/endless` sent has more than 1MiB; `max` allows more"},
		{map[string]any{"url": s.URL + "/binary"}, "what `" + s.URL + "/binary` sent is no UTF-8 text; `http.download` gets any file"},
		{map[string]any{"url": s.URL + "/breaks?token=secret"}, "the answer of `" + s.URL + "/breaks` broke off: unexpected EOF"},
		{map[string]any{"url": s.URL + "/hangs?token=secret", "timeout": "50ms"}, "`" + s.URL + "/hangs` took longer than 50ms"},
		{map[string]any{"url": s.URL + "/again", "redirects": 3}, "`" + s.URL + "/again` redirects more than 3 times"},
		{map[string]any{"url": s.URL + "/to?url=ftp://x/secret"}, "`" + s.URL + "/to` redirects to something that is neither http nor https"},
		{map[string]any{"url": withSecrets}, "`" + gone.URL + "/x`: dial tcp " + strings.TrimPrefix(gone.URL, "http://") + ": connect: connection refused"},
	} {
		_, err := get(t, context.Background(), c.args)
		wantError(t, err, c.want)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%v: the message tells a secret: %v", c.args["url"], err)
		}
	}
	for _, location := range []string{"http://ann:secret@%zz/", "/x?token=secret%zz", "http://h:bad/?t=secret"} {
		_, err := get(t, context.Background(), map[string]any{"url": s.URL + "/to?url=" + strings.NewReplacer("%", "%25", "?", "%3F").Replace(location)})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", location, err)
		}
	}
}

func TestAnotherHostDoesNotHearTheHeaders(t *testing.T) {
	s, other := site(t), site(t)
	headers := map[string]string{"X-Token": "T", "Authorization": "Bearer T"}
	r, err := get(t, context.Background(), map[string]any{"url": s.URL + "/to?url=/echo", "headers": headers})
	if err != nil || !strings.Contains(r.Body, "token=T") || !strings.HasSuffix(r.Body, "referer=") {
		t.Errorf("same host: got %v, %v", r, err)
	}
	r, err = get(t, context.Background(), map[string]any{"url": s.URL + "/to?url=" + other.URL + "/echo", "headers": headers})
	if err != nil || !strings.Contains(r.Body, "token= ") || !strings.HasSuffix(r.Body, "referer=") {
		t.Errorf("other host: got %v, %v", r, err)
	}
	back := other.URL + "/to?url=" + s.URL + "/echo"
	r, err = get(t, context.Background(), map[string]any{"url": s.URL + "/to?url=" + back, "headers": headers})
	if err != nil || !strings.Contains(r.Body, "token= ") {
		t.Errorf("sent back by another host: got %v, %v", r, err)
	}
}

func TestRedirectFromHTTPSToHTTPIsNotFollowed(t *testing.T) {
	to := func(scheme string) error {
		via, _ := http.NewRequest("GET", "https://host/", nil)
		next, _ := http.NewRequest("GET", scheme+"://host/", nil)
		return activity.Redirect(next, []*http.Request{via})
	}
	wantError(t, to("http"), "redirects from https to http")
	if err := to("https"); err != nil {
		t.Error(err)
	}
}

func TestCancelledRequestIsTheDriversToExplain(t *testing.T) {
	s := site(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	started := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(started)
		<-r.Context().Done()
	}))
	defer slow.Close()
	go func() {
		<-started
		cancel(errors.New("enough"))
	}()
	if _, err := get(t, ctx, map[string]any{"url": slow.URL}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := get(t, ctx, map[string]any{"url": s.URL + "/ok"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestDownload(t *testing.T) {
	data := bytes.Repeat([]byte{0, 0xff, 'x'}, 3<<20) // more than one step
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "identity" {
			t.Errorf("got Accept-Encoding %q", r.Header.Get("Accept-Encoding"))
		}
		_, _ = w.Write(data)
	}))
	defer s.Close()
	dir := t.TempDir()
	args := map[string]any{"url": s.URL, "file": "new/x.bin"}
	if out, err := call(t, in(dir), "std/http.download", args); err != nil || string(out) != `"new/x.bin"` {
		t.Fatalf("got %s, %v", out, err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "new/x.bin")); err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	out, err := call(t, in(dir), "std/fs.sha256", map[string]any{"file": "new/x.bin"})
	if err != nil {
		t.Fatal(err)
	}
	args["sha256"] = strings.ToUpper(strings.Trim(string(out), `"`))
	if _, err := call(t, in(dir), "std/http.download", args); err != nil {
		t.Error(err)
	}
	wantNothingTemporary(t, filepath.Join(dir, "new"))
}

func TestDownloadThatFailsLeavesWhatWasThere(t *testing.T) {
	s := site(t)
	dir := tree(t, "x")
	none := strings.Repeat("0", 64)
	for _, c := range []struct {
		args map[string]any
		want string
	}{
		{map[string]any{"url": s.URL + "/ok", "sha256": none}, "what `" + s.URL + "/ok` sent has another hash than expected"},
		{map[string]any{"url": s.URL + "/ok", "sha256": "abc"}, "`sha256` is not 64 hexadecimal digits"},
		{map[string]any{"url": s.URL + "/long", "max": 999}, "what `" + s.URL + "/long` sent has more than 999B; `max` allows more"},
		{map[string]any{"url": s.URL + "/endless", "max": 10 << 20}, "what `" + s.URL + "/endless` sent has more than 10MiB; `max` allows more"},
		{map[string]any{"url": s.URL + "/missing"}, "`" + s.URL + "/missing` answered 404 Not Found"},
		{map[string]any{"url": s.URL + "/breaks"}, "the answer of `" + s.URL + "/breaks` broke off: unexpected EOF"},
		{map[string]any{"url": s.URL + "/hangs", "timeout": "50ms"}, "`" + s.URL + "/hangs` took longer than 50ms"},
		{map[string]any{"url": s.URL + "/ok", "file": "x/y"}, "`x/y`: not a directory"},
	} {
		args := map[string]any{"file": "x"}
		for k, v := range c.args {
			args[k] = v
		}
		_, err := call(t, in(dir), "std/http.download", args)
		wantError(t, err, c.want)
		if got, _ := os.ReadFile(filepath.Join(dir, "x")); string(got) != "in x" {
			t.Errorf("%v: x now holds %.20q", c.want, got)
		}
	}
	_, err := call(t, in(dir), "std/http.download", map[string]any{"url": s.URL + "/ok", "sha256": none, "file": "x"})
	wantDeclared(t, err, "std/http.WrongHash", `{"expected":"`+none+`","actual":"`+fmt.Sprintf("%x", sha256.Sum256([]byte("fine")))+`"}`)
	wantNothingTemporary(t, dir)
}
