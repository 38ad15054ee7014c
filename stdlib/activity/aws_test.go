package activity_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/flowc/flowc/stdlib/activity"
)

// aBucket serves the part of the protocol of Amazon S3 that the library speaks.
type aBucket struct {
	mu      sync.Mutex
	objects map[string]string // by key
	kinds   map[string]string
	parts   map[string]string
	aborted bool
	fail    func(w http.ResponseWriter, r *http.Request) bool
}

// ServeHTTP implements [http.Handler].
func (b *aBucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	if b.fail != nil && b.fail(w, r) {
		return
	}
	rest, found := strings.CutPrefix(r.URL.Path, "/bucket")
	if !found {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<Error><Code>NoSuchBucket</Code><Message>no</Message></Error>")
		return
	}
	key, q := strings.TrimPrefix(rest, "/"), r.URL.Query()
	switch {
	case q.Get("list-type") == "2":
		b.list(w, q.Get("prefix"), q.Get("continuation-token"))
	case r.Method == http.MethodPost && q.Has("uploads"):
		b.kinds[key] = r.Header.Get("Content-Type")
		fmt.Fprint(w, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
	case r.Method == http.MethodPut && q.Has("uploadId"):
		b.parts[q.Get("partNumber")] = string(body)
		w.Header().Set("ETag", q.Get("partNumber"))
	case r.Method == http.MethodPost && q.Has("uploadId"):
		for n := 1; n <= len(b.parts); n++ {
			b.objects[key] += b.parts[fmt.Sprint(n)]
		}
		fmt.Fprint(w, "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
	case r.Method == http.MethodDelete:
		b.aborted = true
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPut:
		b.objects[key], b.kinds[key] = string(body), r.Header.Get("Content-Type")
	case b.objects[key] == "":
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>")
	default:
		fmt.Fprint(w, b.objects[key])
	}
}

// list answers with two objects a page.
func (b *aBucket) list(w http.ResponseWriter, prefix, after string) {
	type object struct {
		Key, ETag, LastModified string
		Size                    int
	}
	var answer struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		IsTruncated           bool
		NextContinuationToken string `xml:",omitempty"`
		Contents              []object
	}
	var keys []string
	for key := range b.objects {
		if strings.HasPrefix(key, prefix) && key > after {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	if answer.IsTruncated = len(keys) > 2; answer.IsTruncated {
		keys = keys[:2]
		answer.NextContinuationToken = keys[1]
	}
	for _, key := range keys {
		answer.Contents = append(answer.Contents, object{key, `"e"`, "2026-01-02T03:04:05.000Z", len(b.objects[key])})
	}
	_ = xml.NewEncoder(w).Encode(answer)
}

// noCloud makes the environment know nothing of AWS.
func noCloud(t *testing.T) {
	t.Helper()
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
}

// serveBucket starts a service with a bucket `bucket`.
func serveBucket(t *testing.T, objects map[string]string) *aBucket {
	t.Helper()
	noCloud(t)
	b := &aBucket{objects: objects, kinds: map[string]string{}, parts: map[string]string{}}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_S3", server.URL)
	return b
}

func TestListingObjects(t *testing.T) {
	serveBucket(t, map[string]string{"a/1": "x", "a/2": "yy", "a/3 %?#": "zzz", "b": "no"})
	got, err := call(t, t.Context(), "std/s3.list", map[string]any{"prefix": "s3://bucket/a/"})
	const want = `[{"url":"s3://bucket/a/1","size":1,"modified":"2026-01-02T03:04:05Z","etag":"e"},` +
		`{"url":"s3://bucket/a/2","size":2,"modified":"2026-01-02T03:04:05Z","etag":"e"},` +
		`{"url":"s3://bucket/a/3%20%25%3F%23","size":3,"modified":"2026-01-02T03:04:05Z","etag":"e"}]`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	if got, err = call(t, t.Context(), "std/s3.list", map[string]any{"prefix": "s3://bucket/none"}); err != nil || string(got) != "[]" {
		t.Errorf("nothing: got %s, %v", got, err)
	}
	if _, err = call(t, t.Context(), "std/s3.list", map[string]any{"prefix": "s3://bucket", "max": 3}); err == nil || !strings.Contains(err.Error(), "more than 3 objects") {
		t.Errorf("too many: %v", err)
	}
}

func TestObjectsAndFiles(t *testing.T) {
	b := serveBucket(t, map[string]string{"a b": "content"})
	dir := t.TempDir()
	ctx := activity.NewContext(t.Context(), activity.Attempt{Dir: dir})
	if got, err := call(t, ctx, "std/s3.get", map[string]any{"url": "s3://bucket/a%20b", "file": "in/x"}); err != nil || string(got) != `"in/x"` {
		t.Fatalf("got %s, %v", got, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "in/x")); err != nil || string(text) != "content" {
		t.Fatalf("the file holds %q, %v", text, err)
	}
	if got, err := call(t, ctx, "std/s3.put", map[string]any{"file": "in/x", "url": "s3://bucket/c", "type": "text/plain"}); err != nil || string(got) != `"s3://bucket/c"` {
		t.Fatalf("got %s, %v", got, err)
	}
	if b.objects["c"] != "content" || b.kinds["c"] != "text/plain" {
		t.Errorf("the object is %q, %q", b.objects["c"], b.kinds["c"])
	}
	t.Cleanup(activity.SendInParts(3))
	if _, err := call(t, ctx, "std/s3.put", map[string]any{"file": "in/x", "url": "s3://bucket/parts"}); err != nil || b.objects["parts"] != "content" || len(b.parts) != 3 {
		t.Errorf("in parts: %q, %v", b.objects["parts"], err)
	}
	b.fail = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("partNumber") == "2" {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		return false
	}
	if _, err := call(t, ctx, "std/s3.put", map[string]any{"file": "in/x", "url": "s3://bucket/parts"}); err == nil || !b.aborted {
		t.Errorf("a part that is refused: %v, aborted: %t", err, b.aborted)
	}
}

func TestObjectsAsValues(t *testing.T) {
	b := serveBucket(t, map[string]string{"a": "content"})
	var kept []byte
	ctx := activity.NewContext(t.Context(), activity.Attempt{Keep: func(path string) (activity.Ref, error) {
		kept, _ = os.ReadFile(path)
		return activity.Ref{Key: "sha256/x", SHA256: strings.Repeat("0", 64), Size: 7}, nil
	}})
	got, err := call(t, ctx, "std/s3.fetch", map[string]any{"url": "s3://bucket/a"})
	if want := `{"$ref":"sha256/x","sha256":"` + strings.Repeat("0", 64) + `","size":7}`; err != nil || string(got) != want || string(kept) != "content" {
		t.Errorf("got %s, %q, %v", got, kept, err)
	}
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("value"), 0o666); err != nil {
		t.Fatal(err)
	}
	value := map[string]any{"$ref": "sha256/x", "sha256": "0", "size": 5, "path": file}
	if _, err := call(t, ctx, "std/s3.store", map[string]any{"content": value, "url": "s3://bucket/v"}); err != nil || b.objects["v"] != "value" {
		t.Errorf("stored %q, %v", b.objects["v"], err)
	}
	if _, err := call(t, t.Context(), "std/s3.fetch", map[string]any{"url": "s3://bucket/a"}); err == nil {
		t.Error("without a store a value was made")
	}
}

func TestTroubleWithObjects(t *testing.T) {
	b := serveBucket(t, map[string]string{"a": "content"})
	ctx := activity.NewContext(t.Context(), activity.Attempt{Dir: t.TempDir()})
	get := func(url string) error {
		_, err := call(t, ctx, "std/s3.get", map[string]any{"url": url, "file": "x"})
		return err
	}
	for url, want := range map[string]string{
		"s3://bucket/none": "there is no object `s3://bucket/none`", "s3://other/a": "there is no bucket `other`",
	} {
		var declared *activity.Error
		if err := get(url); !errors.As(err, &declared) || declared.Name != "std/s3.NotFound" || err.Error() != want {
			t.Errorf("%s: %v", url, err)
		}
	}
	if err := get("https://bucket/a"); err == nil || !strings.Contains(err.Error(), "`s3://bucket/key`") {
		t.Errorf("another scheme: %v", err)
	}
	if _, err := call(t, ctx, "std/s3.put", map[string]any{"file": "none", "url": "s3://bucket/a"}); err == nil || err.Error() != "there is no file `none`" {
		t.Errorf("no file: %v", err)
	}
	b.fail = func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
		return true
	}
	if err := get("s3://bucket/a"); err == nil || err.Error() != "`s3://bucket/a`: Access Denied (AccessDenied)" {
		t.Errorf("refused: %v", err)
	}
	b.fail = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "some")
		return true
	}
	if err := get("s3://bucket/a"); err == nil || !strings.Contains(err.Error(), "`s3://bucket/a` broke off") {
		t.Errorf("broken off: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(activity.Info(ctx).Dir, "*")); len(left) > 0 {
		t.Errorf("there is a file: %q", left)
	}
	noCloud(t)
	if err := get("s3://bucket/a"); err == nil || err.Error() != "no AWS region is named: set AWS_REGION" {
		t.Errorf("nothing is configured: %v", err)
	}
}

func TestLambda(t *testing.T) {
	noCloud(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/2015-03-31/functions/echo/invocations":
			_, _ = w.Write(payload)
		case "/2015-03-31/functions/quiet/invocations":
		case "/2015-03-31/functions/bad/invocations":
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			fmt.Fprint(w, `{"errorMessage": "no such sku", "errorType": "KeyError"}`)
		default:
			w.Header().Set("X-Amzn-ErrorType", "ResourceNotFoundException")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"Message":"Function not found"}`)
		}
	}))
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", server.URL)
	for name, want := range map[string]string{
		"echo": `{"a":[1]} <nil>`, "quiet": "null <nil>", "bad": " the function `bad` failed: KeyError: no such sku",
		"none": " `none`: Function not found (ResourceNotFoundException)",
	} {
		got, err := call(t, context.Background(), "std/lambda.invoke", map[string]any{"name": name, "payload": json.RawMessage(`{"a":[1]}`)})
		if got := fmt.Sprintf("%s %v", got, err); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
