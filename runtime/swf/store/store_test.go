package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/blob"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/store"
)

// An s3 serves the part of the protocol of Amazon S3 that a store speaks.
type s3 struct {
	mu       sync.Mutex
	objects  map[string]object // by path
	parts    map[string][]byte
	requests int
	refuse   int // answer so many requests with 503 first
}

type object struct {
	content  []byte
	encoding string
}

func (s *s3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	s.requests++
	if s.refuse > 0 {
		s.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "<Error><Code>SlowDown</Code></Error>")
		return
	}
	if !strings.HasPrefix(r.URL.Path, "/bucket/") {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<Error><Code>NoSuchBucket</Code></Error>")
		return
	}
	o, ok := s.objects[r.URL.Path]
	switch upload := r.URL.Query(); {
	case r.Method == http.MethodPost && upload.Has("uploads"):
		fmt.Fprint(w, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
		return
	case r.Method == http.MethodPut && upload.Get("uploadId") == "u":
		s.parts[upload.Get("partNumber")] = body
		w.Header().Set("ETag", upload.Get("partNumber"))
		return
	case r.Method == http.MethodPost && upload.Get("uploadId") == "u":
		for n := 1; n <= len(s.parts); n++ {
			o.content = append(o.content, s.parts[fmt.Sprint(n)]...)
		}
		s.objects[r.URL.Path] = o
		fmt.Fprint(w, "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
		return
	}
	switch r.Method {
	case http.MethodPut:
		s.objects[r.URL.Path] = object{body, r.Header.Get("Content-Encoding")}
	case http.MethodDelete:
		delete(s.objects, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	case http.MethodGet, http.MethodHead:
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, "<Error><Code>NoSuchKey</Code></Error>")
			return
		}
		if o.encoding != "" {
			w.Header().Set("Content-Encoding", o.encoding)
		}
		if r.Method == http.MethodGet {
			_, _ = w.Write(o.content)
		}
	}
}

// serveS3 starts a service with a bucket `bucket`, and says so to the SDK.
func serveS3(t *testing.T) *s3 {
	t.Helper()
	s := &s3{objects: map[string]object{}, parts: map[string][]byte{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_S3", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hush")
	return s
}

func open(t *testing.T, where string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), where, store.Config{Cache: t.TempDir(), Config: account.Config{Attempts: 2}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// everywhere runs a test with a store in a folder and one in a bucket. damage
// changes whatever is stored.
func everywhere(t *testing.T, test func(t *testing.T, where string, damage func(func([]byte) []byte))) {
	t.Run("folder", func(t *testing.T) {
		dir := t.TempDir()
		test(t, "file://"+filepath.ToSlash(dir), func(change func([]byte) []byte) {
			_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, _ error) error {
				if !d.IsDir() {
					text, _ := os.ReadFile(path)
					_ = os.Chmod(path, 0o600)
					_ = os.WriteFile(path, change(text), 0o600)
				}
				return nil
			})
		})
	})
	t.Run("bucket", func(t *testing.T) {
		s := serveS3(t)
		test(t, "s3://bucket/some/prefix", func(change func([]byte) []byte) {
			for key, o := range s.objects {
				s.objects[key] = object{change(bytes.Clone(o.content)), o.encoding}
			}
		})
	})
}

// values are contents small and large, that compress and do not.
func values() map[string][]byte {
	random := make([]byte, 100_000)
	for k := range random {
		random[k] = byte(rand.Uint32())
	}
	return map[string][]byte{
		"empty": {}, "small": []byte("42"), "large": bytes.Repeat([]byte("again and "), 100_000), "random": random,
	}
}

func TestWhatIsPutIsThere(t *testing.T) {
	everywhere(t, func(t *testing.T, where string, _ func(func([]byte) []byte)) {
		a, b := open(t, where), open(t, where)
		for name, content := range values() {
			r, err := a.Put(content)
			if err != nil {
				t.Fatal(err)
			}
			got, err := b.Get(r)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s: got %d bytes, %v, want %d", name, len(got), err, len(content))
			}
			path, err := b.Path(r)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(path); !bytes.Equal(got, content) {
				t.Errorf("%s: the file has %d bytes, want %d", name, len(got), len(content))
			}
			b.Drop(r)
			if _, err := open(t, where).Get(r); !lost(err) {
				t.Errorf("%s: got %v of what was dropped", name, err)
			}
		}
	})
}

// lost reports whether an error says that a value is gone for good.
func lost(err error) bool {
	var l interface{ Lost() bool }
	return errors.As(err, &l) && l.Lost()
}

func TestAFileIsPut(t *testing.T) {
	everywhere(t, func(t *testing.T, where string, _ func(func([]byte) []byte)) {
		for name, content := range values() {
			file := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
			var seen bytes.Buffer
			r, err := open(t, where).PutFile(file, &seen)
			if err != nil || !bytes.Equal(seen.Bytes(), content) {
				t.Fatalf("%s: %v, %d bytes were seen", name, err, seen.Len())
			}
			got, err := open(t, where).Get(r)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s: got %d bytes, %v, want %d", name, len(got), err, len(content))
			}
		}
		if _, err := open(t, where).PutFile(t.TempDir(), nil); err == nil {
			t.Error("a folder was put")
		}
	})
}

func TestLargeFilesAreSentInParts(t *testing.T) {
	s := serveS3(t)
	defer store.SendInParts(30_000)()
	content := values()["random"]
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := open(t, "s3://bucket").PutFile(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, "s3://bucket").Get(r); err != nil || !bytes.Equal(got, content) || len(s.parts) != 4 {
		t.Errorf("got %d bytes in %d parts, %v", len(got), len(s.parts), err)
	}
}

func TestWhatCompressesIsCompressed(t *testing.T) {
	s := serveS3(t)
	for _, content := range values() {
		if _, err := open(t, "s3://bucket").Put(content); err != nil {
			t.Fatal(err)
		}
	}
	packed := 0
	for _, o := range s.objects {
		if o.encoding == "gzip" {
			packed++
		}
	}
	if packed != 1 || len(s.objects) != 4 {
		t.Errorf("%d of %d values are compressed, want 1 of 4", packed, len(s.objects))
	}
}

func TestWhatWasAlteredIsRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, where string, damage func(func([]byte) []byte)) {
		for _, size := range []int{10, 100_000} {
			r, err := open(t, where).Put(bytes.Repeat([]byte{'a'}, size))
			if err != nil {
				t.Fatal(err)
			}
			damage(func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
			_, err = open(t, where).Get(r)
			if !lost(err) || !strings.Contains(err.Error(), r.Key) || !strings.Contains(err.Error(), "altered") {
				t.Errorf("got %v", err)
			}
			if _, err = open(t, where).Path(r); err == nil {
				t.Error("an altered value has a path")
			}
			damage(func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
			damage(func(b []byte) []byte { return b[:len(b)/2] })
			if _, err = open(t, where).Get(r); !lost(err) {
				t.Errorf("got %v of half of it", err)
			}
			damage(func(b []byte) []byte { return nil })
			open(t, where).Drop(r)
		}
	})
}

func TestADamagedCopyIsReplaced(t *testing.T) {
	serveS3(t)
	s := open(t, "s3://bucket")
	r, err := s.Put([]byte("precious"))
	if err != nil {
		t.Fatal(err)
	}
	path, err := s.Path(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = os.Chmod(path, 0o600)
	if err := os.WriteFile(path, []byte("rubbish, and longer"), 0o600); err != nil {
		t.Fatal(err)
	}
	if path, err = s.Path(r); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "precious" {
		t.Errorf("got %q", got)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	everywhere(t, func(t *testing.T, where string, _ func(func([]byte) []byte)) {
		s := open(t, where)
		good := strings.Repeat("ab", 32)
		for _, r := range []*ir.Ref{
			{Key: ""}, {Key: "sha256/"}, {Key: "sha256/../../etc/passwd"}, {Key: "/etc/passwd"}, {Key: "sha256/" + strings.ToUpper(good)},
			{Key: "sha256/" + good, SHA256: strings.Repeat("cd", 32)}, {Key: "sha256/" + good, SHA256: good, Size: 5}, {Key: "sha256/" + good},
		} {
			if _, err := s.Get(r); !lost(err) || !strings.Contains(err.Error(), r.Key) {
				t.Errorf("Get(%v): %v", r, err)
			}
			if _, err := s.Path(r); !lost(err) {
				t.Errorf("Path(%v): %v", r, err)
			}
			s.Drop(r)
		}
	})
}

func TestALocalStoreAndThisShareAFolder(t *testing.T) {
	dir := t.TempDir()
	r, err := blob.New(dir).Put([]byte("from a run of this machine"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, dir).Get(r); err != nil || string(got) != "from a run of this machine" {
		t.Errorf("got %q, %v", got, err)
	}
	if r, err = open(t, dir).Put([]byte("from a decider")); err != nil {
		t.Fatal(err)
	}
	if got, err := blob.New(dir).Read(r); err != nil || string(got) != "from a decider" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTroubleMayPass(t *testing.T) {
	s := serveS3(t)
	r, err := open(t, "s3://bucket").Put([]byte("here"))
	if err != nil {
		t.Fatal(err)
	}
	s.refuse = 1
	if got, err := open(t, "s3://bucket").Get(r); err != nil || string(got) != "here" {
		t.Errorf("got %q, %v", got, err)
	}
	s.refuse = 100
	_, err = open(t, "s3://bucket").Get(r)
	var away *account.Unreachable
	if lost(err) || !errors.As(err, &away) {
		t.Errorf("got %v, want an error that may pass", err)
	}
	s.refuse = 0
	if _, err := open(t, "s3://pail").Get(r); lost(err) || err == nil || !strings.Contains(err.Error(), "there is no bucket `pail`") {
		t.Errorf("got %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, test := range []struct{ where, want string }{
		{"", "is empty"},
		{"s3://", "names no bucket"},
		{"s3://key:secret@host/b", "names no bucket"},
		{"file://host/x", "names no folder"},
		{"http://x", "values cannot be kept at `http://x`"},
	} {
		if _, err := store.Open(context.Background(), test.where, store.Config{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want …%s…", test.where, err, test.want)
		}
	}
}

func program(t *testing.T, text string) *ir.Program {
	t.Helper()
	r := compiler.Compile(diag.NewSource("main.flow", []byte(text)), compiler.Config{})
	if r.Program == nil {
		t.Fatal(r.Diags)
	}
	return r.Program
}

func TestProgramsAreKeptByTheirHash(t *testing.T) {
	everywhere(t, func(t *testing.T, where string, damage func(func([]byte) []byte)) {
		p := program(t, "workflow main(n: int) -> int { return n + 1 }")
		hash, err := open(t, where).PutProgram(p)
		if err != nil || hash != p.Hash() {
			t.Fatalf("got %s, %v", hash, err)
		}
		s := open(t, where)
		got, plan, err := s.Program(hash)
		if err != nil || got.Hash() != hash || plan == nil {
			t.Fatalf("got %v, %v, %v", got, plan, err)
		}
		other := program(t, "workflow main(n: int) -> int { return n + 2 }").Hash()
		var unknown *store.UnknownProgramError
		if _, _, err := s.Program(other); !errors.As(err, &unknown) || unknown.Hash != other {
			t.Errorf("got %v, want that it is unknown", err)
		}
		if _, _, err := s.Program("sha256:../../x"); err == nil {
			t.Error("a strange hash is taken")
		}
		damage(func(b []byte) []byte { return bytes.Replace(b, []byte("main"), []byte("mean"), -1) })
		if _, again, err := s.Program(hash); err != nil || again != plan {
			t.Errorf("a program that is known was not kept: %v", err)
		}
	})
}
