//go:build unix

package proc_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowc/flowc/runtime/work/proc"
)

// place makes files in a fresh folder: their modes and texts by name.
func place(t *testing.T, files map[string]file) string {
	t.Helper()
	dir := t.TempDir()
	for name, f := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, f.mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

type file struct {
	mode os.FileMode
	text string
}

func TestWhyAProgramCannotStart(t *testing.T) {
	dir := place(t, map[string]file{
		"plain":    {0o644, "#!/bin/sh\n"},
		"garbage":  {0o755, "\x01\x02\x03 this is no program"},
		"lost":     {0o755, "#!/no/such/interpreter -x\nexit\n"},
		"crlf":     {0o755, "#!/bin/sh\r\nexit\r\n"},
		"strict":   {0o755, "#!./plain\n"},
		"shadowed": {0o644, ""},
	})
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 16<<20)
	tests := []struct {
		name    string
		spec    proc.Spec
		kind    proc.Kind
		message string // DIR stands for dir
	}{
		{"nothing to run", proc.Spec{}, proc.BadArgument, "the name of the program to run is empty"},
		{"empty name", proc.Spec{Argv: []string{"", "x"}}, proc.BadArgument, "the name of the program to run is empty"},
		{"not in PATH", proc.Spec{Argv: []string{"etl"}, Env: []string{"PATH=DIR:/bin"}}, proc.NotFound, "program `etl` was not found in PATH"},
		{"no PATH", proc.Spec{Argv: []string{"etl"}}, proc.NotFound, "program `etl` was not found, since PATH is empty"},
		{"relative PATH", proc.Spec{Argv: []string{"garbage"}, Env: []string{"PATH=.::" + "bin"}, Dir: "DIR"}, proc.NotFound, "program `garbage` was not found in PATH"},
		{"folder in PATH", proc.Spec{Argv: []string{"sub"}, Env: []string{"PATH=DIR"}}, proc.NotFound, "program `sub` was not found in PATH"},
		{"not executable in PATH", proc.Spec{Argv: []string{"plain"}, Env: []string{"PATH=DIR"}}, proc.NotExecutable, "program `plain` is not executable at `DIR/plain` (chmod +x makes it so)"},
		{"no such file", proc.Spec{Argv: []string{"DIR/etl"}}, proc.NotFound, "program `DIR/etl` was not found"},
		{"no such file in the folder", proc.Spec{Argv: []string{"./etl"}, Dir: "DIR"}, proc.NotFound, "program `./etl` was not found at `DIR/etl`"},
		{"file as folder", proc.Spec{Argv: []string{"DIR/plain/etl"}}, proc.NotFound, "program `DIR/plain/etl` was not found"},
		{"not executable", proc.Spec{Argv: []string{"DIR/plain"}}, proc.NotExecutable, "program `DIR/plain` is not executable (chmod +x makes it so)"},
		{"folder", proc.Spec{Argv: []string{"DIR/sub"}}, proc.NotExecutable, "program `DIR/sub` is a folder"},
		{"not regular", proc.Spec{Argv: []string{"/dev/null"}}, proc.NotExecutable, "program `/dev/null` is not a regular file"},
		{"garbage", proc.Spec{Argv: []string{"./garbage"}, Dir: "DIR"}, proc.NotExecutable, "program `./garbage` is no program for this machine, and no script that begins with #!"},
		{"interpreter missing", proc.Spec{Argv: []string{"DIR/lost"}}, proc.NotExecutable, "program `DIR/lost` names an interpreter that does not exist: `/no/such/interpreter`"},
		{"interpreter with carriage return", proc.Spec{Argv: []string{"DIR/crlf"}}, proc.NotExecutable, "program `DIR/crlf` names an interpreter that does not exist: `/bin/sh\\r`"},
		{"interpreter not executable", proc.Spec{Argv: []string{"./strict"}, Dir: "DIR"}, proc.NotExecutable, "program `./strict` names an interpreter that cannot be executed: `./plain`"},
		{"no folder", proc.Spec{Argv: []string{"/bin/true"}, Dir: "DIR/none"}, proc.BadDir, "program `/bin/true` cannot run in `DIR/none`: there is no such folder"},
		{"file as working folder", proc.Spec{Argv: []string{"/bin/true"}, Dir: "DIR/plain"}, proc.BadDir, "program `/bin/true` cannot run in `DIR/plain`: it is not a folder"},
		{"NUL in folder", proc.Spec{Argv: []string{"/bin/true"}, Dir: "a\x00b"}, proc.BadDir, "program `/bin/true` cannot run in `a\\x00b`: the name of the folder holds a NUL byte"},
		{"NUL in name", proc.Spec{Argv: []string{"a\x00b"}}, proc.BadArgument, "program `a\\x00b` has a NUL byte in its name"},
		{"NUL in argument", proc.Spec{Argv: []string{"/bin/true", "x", "a\x00b"}}, proc.BadArgument, "program `/bin/true` cannot be given argument 2: it holds a NUL byte (pass such data on stdin)"},
		{"NUL in environment", proc.Spec{Argv: []string{"/bin/true"}, Env: []string{"K=\x00"}}, proc.BadArgument, "program `/bin/true` cannot be given the environment variable `K`: it holds a NUL byte"},
		{"too long", proc.Spec{Argv: []string{"/bin/true", "a", long}}, proc.BadArgument, "program `/bin/true` cannot be given arguments so long: 16 MiB in all, 16 MiB in argument 2 (pass large values on stdin)"},
		{"environment too large", proc.Spec{Argv: []string{"/bin/true"}, Env: []string{"K=" + long}}, proc.BadArgument, "program `/bin/true` cannot be given so large an environment: 16 MiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := test.spec
			s.Argv = append([]string(nil), s.Argv...)
			for i := range s.Argv {
				s.Argv[i] = strings.Replace(s.Argv[i], "DIR", dir, 1)
			}
			for i := range s.Env {
				s.Env[i] = strings.Replace(s.Env[i], "DIR", dir, 1)
			}
			s.Dir = strings.Replace(s.Dir, "DIR", dir, 1)
			s.Stdin, s.Capture = []byte("x"), true
			r := run(t, s)
			if r.Failure == nil || r.Exit != -1 || !r.Started.IsZero() {
				t.Fatalf("got %s", show(r))
			}
			if want := strings.ReplaceAll(test.message, "DIR", dir); r.Failure.Kind != test.kind || r.Failure.Error() != want {
				t.Errorf("got  %d %s\nwant %d %s", r.Failure.Kind, r.Failure, test.kind, want)
			}
		})
	}
}

func TestProgramStillOpenForWritingIsTriedAgain(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems run it")
	}
	dir := place(t, map[string]file{"script": {0o755, "#!/bin/sh\nexit 5\n"}})
	path := filepath.Join(dir, "script")
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r := run(t, proc.Spec{Argv: []string{path}})
	if r.Failure == nil || !strings.HasSuffix(r.Failure.Message, "is still being written by some process") {
		t.Errorf("held open: got %s", show(r))
	}
	time.AfterFunc(5*time.Millisecond, func() { w.Close() })
	if r := run(t, proc.Spec{Argv: []string{path}}); r.Exit != 5 {
		t.Errorf("closed: got %s", show(r))
	}
}

func TestProgramThatMovedIsFoundAgain(t *testing.T) {
	a := place(t, map[string]file{"tool": {0o755, "#!/bin/sh\nexit 1\n"}})
	b := place(t, map[string]file{"tool": {0o755, "#!/bin/sh\nexit 2\n"}})
	s := proc.Spec{Argv: []string{"tool"}, Env: []string{"PATH=" + a + ":" + b}}
	if r := run(t, s); r.Exit != 1 {
		t.Fatalf("got %s", show(r))
	}
	if err := os.Remove(filepath.Join(a, "tool")); err != nil {
		t.Fatal(err)
	}
	if r := run(t, s); r.Exit != 2 {
		t.Errorf("moved: got %s", show(r))
	}
	if err := os.Remove(filepath.Join(b, "tool")); err != nil {
		t.Fatal(err)
	}
	if r := run(t, s); r.Failure == nil || r.Failure.Kind != proc.NotFound {
		t.Errorf("removed: got %s", show(r))
	}
	if err := os.WriteFile(filepath.Join(a, "tool"), []byte("#!/bin/sh\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if r := run(t, s); r.Exit != 3 {
		t.Errorf("back: got %s", show(r))
	}
}

func TestTooManyOpenFiles(t *testing.T) {
	run(t, act("exit", "0")) // opens what stays open
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	fds := []int{}
	defer func() {
		for _, fd := range fds {
			syscall.Close(fd)
		}
		syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old)
	}()
	low := old
	low.Cur = 64
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	for {
		fd, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			break
		}
		fds = append(fds, fd)
	}
	// However many descriptors are to be had, either it runs or says why not.
	s := capture(act("exit", "0"))
	s.Stdin = []byte("x")
	seen := map[bool]int{}
	for range min(14, len(fds)) {
		r := run(t, s)
		seen[r.Failure == nil]++
		if r.Failure != nil && (r.Failure.Kind != proc.CannotStart || !strings.Contains(r.Failure.Message, "too many files open")) {
			t.Errorf("got %s", show(r))
		}
		syscall.Close(fds[len(fds)-1])
		fds = fds[:len(fds)-1]
	}
	if seen[true] == 0 || seen[false] == 0 {
		t.Errorf("ran %d times, refused %d times", seen[true], seen[false])
	}
}

func TestEnviron(t *testing.T) {
	e := proc.NewEnviron([]string{"A=1", "B=2", "bad", "=bad", "A=3", "E="})
	tests := []struct{ add, want string }{
		{"", "A=3 B=2 E="},
		{"C=4", "A=3 B=2 E= C=4"},
		{"B=5 C=4 C=6 A=", "A= B=5 E= C=6"},
		{"bad AA=x", "A=3 B=2 E= AA=x"},
	}
	for _, test := range tests {
		if got := strings.Join(e.With(strings.Fields(test.add)...), " "); got != test.want {
			t.Errorf("with %q: got %q, want %q", test.add, got, test.want)
		}
	}
	for key, want := range map[string]string{"A": "3 true", "E": " true", "C": " false", "": " false"} {
		value, ok := e.Lookup(key)
		if got := fmt.Sprint(value, " ", ok); got != want {
			t.Errorf("lookup of %q: got %q, want %q", key, got, want)
		}
	}
}
