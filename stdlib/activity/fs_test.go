package activity_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/flowc/flowc/stdlib/activity"
)

// in returns a context whose relative paths start at dir.
func in(dir string) context.Context {
	return activity.NewContext(context.Background(), activity.Attempt{Dir: dir})
}

// tree makes files below a new folder, and returns it. A name that ends with a
// slash is a folder; `a -> b` is a link.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		link, to, isLink := strings.Cut(name, " -> ")
		path := filepath.Join(dir, link)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		switch {
		case err != nil:
		case isLink:
			err = os.Symlink(to, path)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.WriteFile(path, []byte("in "+name), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestGlob(t *testing.T) {
	dir := tree(t,
		"a.txt", "b.txt", "c.md", ".hidden.txt", "B.txt", "[x].txt", "é.txt",
		"sub/d.txt", "sub/deep/e.txt", "sub/.git/f.txt", "empty/",
		"loop -> .", "link -> sub", "dead -> nowhere", "file -> a.txt",
	)
	for _, c := range []struct{ pattern, want string }{
		{"*.txt", "B.txt [x].txt a.txt b.txt é.txt"},
		{"a.txt", "a.txt"},
		{"./a.txt", "a.txt"},
		{"nothing", ""},
		{"?.txt", "B.txt a.txt b.txt é.txt"},
		{"[ab].txt", "a.txt b.txt"},
		{"[!ab].txt", "B.txt é.txt"},
		{"[a-z].{txt,md}", "a.txt b.txt c.md"},
		{`\[x\].txt`, "[x].txt"},
		{".*", ".hidden.txt"},
		{"**/*.txt", "B.txt [x].txt a.txt b.txt sub/d.txt sub/deep/e.txt é.txt"},
		{"sub/**", "sub/d.txt sub/deep/e.txt"},
		{"sub/**/**/*.txt", "sub/d.txt sub/deep/e.txt"},
		{"**/deep/**/e.txt", "sub/deep/e.txt"},
		{"**/.git/*", "sub/.git/f.txt"},
		{"sub/../a.txt", "sub/../a.txt"},
		{"*/", "empty/ link/ loop/ sub/"},
		{"**/", "empty/ link/ loop/ sub/ sub/deep/"},
		{"link/*", "link/d.txt"},
		{"loop/a.txt", "loop/a.txt"},
		{"f*", "file"},
		{"d*", ""},
		{"a.txt/x", ""},
		{"*/d.txt", "link/d.txt sub/d.txt"},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			out, err := call(t, in(dir), "std/fs.glob", map[string]any{"pattern": c.pattern})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			if err := json.Unmarshal(out, &got); err != nil || got == nil {
				t.Fatal(err, string(out))
			}
			want := strings.Fields(strings.ReplaceAll(c.want, "/ ", " "))
			for i := range want {
				want[i] = strings.TrimSuffix(want[i], "/")
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestGlobStartsAtItsRoot(t *testing.T) {
	dir := tree(t, "odd [name]*/x.txt", "other/x.txt")
	for _, c := range []struct{ root, pattern, want string }{
		{"odd [name]*", "*.txt", "odd [name]*/x.txt"},
		{"./other/", "*.txt", "other/x.txt"},
		{dir, "other/*", dir + "/other/x.txt"},
		{"nowhere", dir + "/other/*", dir + "/other/x.txt"},
		{"nowhere", "*", ""},
	} {
		out, err := call(t, in(dir), "std/fs.glob", map[string]any{"pattern": c.pattern, "root": c.root})
		var got []string
		if err != nil || json.Unmarshal(out, &got) != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%q in %q: got %q, %v; want %q", c.pattern, c.root, got, err, c.want)
		}
	}
}

func TestGlobRefuses(t *testing.T) {
	dir := tree(t, "a", "b", "c", "bad\xff")
	for _, c := range []struct{ pattern, want string }{
		{"/", "names no file"},
		{"[a", "without its `]`"},
		{"{a", "without its `}`"},
		{"[z-a]", "cannot be understood"},
		{`a\`, "ends with a"},
		{"a\x00", "zero byte"},
		{"[a-c]", "more than 2 files"},
		{"bad*", "is no UTF-8"},
	} {
		_, err := call(t, in(dir), "std/fs.glob", map[string]any{"pattern": c.pattern, "max": 2})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20q: got %v, want %q", c.pattern, err, c.want)
		}
	}
}

func TestGlobStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(in(tree(t, "a")))
	cancel()
	if _, err := call(t, ctx, "std/fs.glob", map[string]any{"pattern": "**"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"", "one\ntwo\n", "<&>\u2028 é 🦫", strings.Repeat("0123456789", 1_000_000)} {
		out, err := call(t, in(dir), "std/fs.write", map[string]any{"file": "new/folder/x.txt", "text": text})
		if err != nil || string(out) != `"new/folder/x.txt"` {
			t.Fatalf("write: %s, %v", out, err)
		}
		out, err = call(t, in(dir), "std/fs.read", map[string]any{"file": "new/folder/x.txt"})
		var got string
		if err != nil || json.Unmarshal(out, &got) != nil || got != text {
			t.Errorf("read: %.40q, %v; want %.40q", got, err, text)
		}
	}
	data := []byte{0, 0xff, '\n', 0x80}
	if _, err := call(t, in(dir), "std/fs.write_bytes", map[string]any{"file": "b", "data": data}); err != nil {
		t.Fatal(err)
	}
	out, err := call(t, in(dir), "std/fs.read_bytes", map[string]any{"file": "b"})
	var got []byte
	if err != nil || json.Unmarshal(out, &got) != nil || !slices.Equal(got, data) {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = call(t, in(dir), "std/fs.read", map[string]any{"file": "b"})
	wantError(t, err, "`b` is no UTF-8 text; `fs.read_bytes` reads any file")
	wantNothingTemporary(t, dir)
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("got error %v\nwant %s", err, want)
	}
}

func wantNothingTemporary(t *testing.T, dir string) {
	t.Helper()
	if left, _ := filepath.Glob(filepath.Join(dir, activity.Temporary)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestReadRefuses(t *testing.T) {
	dir := tree(t, "x", "folder/")
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, want string }{
		{"x", "`x` has more than 3B; `max` allows more"},
		{"/dev/zero", "`/dev/zero`: is no regular file"},
		{"pipe", "`pipe`: is no regular file"},
		{"folder", "`folder`: is a folder"},
		{"x/y", "`x/y`: not a directory"},
		{"", "the path is empty"},
		{"x\x00y", `the path "x\x00y" holds a zero byte`},
		{"missing", "there is no file `missing`"},
	} {
		_, err := call(t, in(dir), "std/fs.read", map[string]any{"file": c.file, "max": 3})
		wantError(t, err, c.want)
	}
	// A file that says it is empty may not be.
	_, err := call(t, in(dir), "std/fs.read", map[string]any{"file": "/proc/self/status", "max": 3})
	wantError(t, err, "`/proc/self/status` has more than 3B; `max` allows more")
}

func TestNotFoundIsADeclaredError(t *testing.T) {
	for _, name := range []string{"read", "read_bytes", "hash", "sha256"} {
		_, err := call(t, in(t.TempDir()), "std/fs."+name, map[string]any{"file": "no"})
		wantDeclared(t, err, "std/fs.NotFound", `{"file":"no"}`)
	}
	_, err := call(t, in(t.TempDir()), "std/fs.copy", map[string]any{"from": "no", "to": "x"})
	wantDeclared(t, err, "std/fs.NotFound", `{"file":"no"}`)
}

func wantDeclared(t *testing.T, err error, name, fields string) {
	t.Helper()
	var e *activity.Error
	if !errors.As(err, &e) || e.Name != name {
		t.Errorf("got %#v, want the error %s", err, name)
		return
	}
	if got, _ := json.Marshal(e.Fields); string(got) != fields {
		t.Errorf("%s: got fields %s, want %s", name, got, fields)
	}
}

func TestCopyKeepsPermissionsAndReplaces(t *testing.T) {
	dir := tree(t, "from", "to")
	if err := os.Chmod(filepath.Join(dir, "from"), 0o750); err != nil {
		t.Fatal(err)
	}
	if out, err := call(t, in(dir), "std/fs.copy", map[string]any{"from": "from", "to": "to"}); err != nil || string(out) != `"to"` {
		t.Fatal(string(out), err)
	}
	got, _ := os.ReadFile(filepath.Join(dir, "to"))
	info, err := os.Stat(filepath.Join(dir, "to"))
	if err != nil || string(got) != "in from" || info.Mode().Perm() != 0o750 {
		t.Errorf("got %q with %v", got, info.Mode())
	}
	wantNothingTemporary(t, dir)
}

func TestWriteKeepsThePermissionsOfTheFileThatIsThere(t *testing.T) {
	dir := tree(t, "x")
	path := filepath.Join(dir, "x")
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := call(t, in(dir), "std/fs.write", map[string]any{"file": "x", "text": "new"}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || info.Size() != 3 {
		t.Errorf("got %v, %v", info, err)
	}
}

func TestCopyRefuses(t *testing.T) {
	dir := tree(t, "x", "y -> x", "folder/")
	for _, c := range []struct{ from, to, want string }{
		{"x", "x", "`x` and `x` are the same file"},
		{"x", "./folder/../x", "`x` and `./folder/../x` are the same file"},
		{"x", "y", "`x` and `y` are the same file"},
		{"folder", "z", "`folder`: is a folder"},
		{"x", "folder", "`folder`: is a folder"},
		{"x", "x/z", "`x/z`: not a directory"},
	} {
		_, err := call(t, in(dir), "std/fs.copy", map[string]any{"from": c.from, "to": c.to})
		wantError(t, err, c.want)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "x")); string(got) != "in x" {
		t.Errorf("x now holds %q", got)
	}
	wantNothingTemporary(t, dir)
}

// endless ends a context after it was read a number of times, and never ends
// itself.
type endless struct {
	reads  int
	cancel func()
}

func (e *endless) Read(p []byte) (int, error) {
	if e.reads--; e.reads == 0 {
		e.cancel()
	}
	return len(p), nil
}

func TestTransferEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	if err := activity.Transfer(ctx, io.Discard, &endless{3, cancel}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCancelledCopyLeavesWhatWasThere(t *testing.T) {
	dir := tree(t, "to")
	big, err := os.Create(filepath.Join(dir, "big"))
	if err != nil {
		t.Fatal(err)
	}
	defer big.Close()
	if err := big.Truncate(1 << 40); err != nil {
		t.Skip("no sparse files here")
	}
	ctx, cancel := context.WithCancel(in(dir))
	done := make(chan error)
	go func() {
		_, err := call(t, ctx, "std/fs.hash", map[string]any{"file": "big"})
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	_, err = call(t, ctx, "std/fs.copy", map[string]any{"from": "big", "to": "to"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "to")); string(got) != "in to" {
		t.Errorf("to now holds %q", got)
	}
	wantNothingTemporary(t, dir)
}

func TestFailedReplaceLeavesWhatWasThere(t *testing.T) {
	dir := tree(t, "to")
	path := filepath.Join(dir, "to")
	ctx, cancel := context.WithCancel(context.Background())
	err := activity.Replace(path, "to", nil, func(f *os.File) error {
		if left, _ := filepath.Glob(filepath.Join(dir, activity.Temporary)); len(left) != 1 {
			t.Errorf("while it is written there are %v", left)
		}
		return activity.Transfer(ctx, f, &endless{2, cancel})
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "in to" {
		t.Errorf("to now holds %q", got)
	}
	wantNothingTemporary(t, dir)
}

func TestHashes(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "abc"), []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	for algorithm, want := range map[string]string{
		"sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"sha1":   "a9993e364706816aba3e25717850c26c9cd0d89d",
		"md5":    "900150983cd24fb0d6963f7d28e17f72",
		"sha512": "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	} {
		out, err := call(t, in(dir), "std/fs.hash", map[string]any{"file": "abc", "algorithm": algorithm})
		if err != nil || string(out) != fmt.Sprintf("%q", want) {
			t.Errorf("%s: got %s, %v", algorithm, out, err)
		}
		if algorithm == "sha256" {
			out, err = call(t, in(dir), "std/fs.sha256", map[string]any{"file": "abc"})
			if err != nil || string(out) != fmt.Sprintf("%q", want) {
				t.Errorf("sha256: got %s, %v", out, err)
			}
		}
	}
}

func TestStatMkdirRemove(t *testing.T) {
	dir := tree(t, "x", "pipe/")
	ctx := in(dir)
	for path, want := range map[string]string{
		"x": `"size":4`, "pipe": `"kind":"folder"`, "/dev/null": `"kind":"other"`, "nothing": "null",
	} {
		if out, err := call(t, ctx, "std/fs.stat", map[string]any{"file": path}); err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: got %s, %v; want %s", path, out, err, want)
		}
	}
	for range 2 {
		if out, err := call(t, ctx, "std/fs.mkdir", map[string]any{"folder": "a/b"}); err != nil || string(out) != `"a/b"` {
			t.Errorf("mkdir: %s, %v", out, err)
		}
	}
	_, err := call(t, ctx, "std/fs.remove", map[string]any{"file": "a"})
	wantError(t, err, "`a`: directory not empty")
	for range 2 {
		for _, path := range []string{"x", "a/b"} {
			if out, err := call(t, ctx, "std/fs.remove", map[string]any{"file": path}); err != nil || string(out) != "null" {
				t.Errorf("remove: %s, %v", out, err)
			}
		}
	}
	_, err = call(t, ctx, "std/fs.mkdir", map[string]any{"folder": "/dev/null/x"})
	wantError(t, err, "`/dev/null/x`: not a directory")
}
