package flowc_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sebdah/goldie/v2"
)

// served is the folder of the example that runs on a service, because some of
// its activities are performed by a worker of its own.
const served = "checkout"

// A service is `flowc dev`, and where everything is that it must find again.
type service struct {
	t        *testing.T
	bin, tmp string
	listen   string
	process  *exec.Cmd
}

// TestExampleOnSWF does what the README of the example says: one order comes to
// its end although the server, the decider and the worker are killed while it
// waits, another is declined by the worker in Go, and undone.
func TestExampleOnSWF(t *testing.T) {
	s := &service{t: t, bin: build(t), tmp: t.TempDir(), listen: "127.0.0.1:0"}
	billing := filepath.Join(s.tmp, "billing")
	if out, err := exec.Command("go", "build", "-o", billing, "./examples/"+served+"/billing").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.begin()
	worker := s.command(billing)
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = worker.Process.Kill()
		_ = worker.Wait()
	})

	s.order("checkout", 4_200)
	s.until("checkout", func(text string) bool {
		return strings.Contains(text, `"checkout/goods","kind":"activity","activity":"reserve","status":"succeeded"`)
	})
	if err := s.process.Process.Kill(); err != nil { // SIGKILL
		t.Fatal(err)
	}
	_ = s.process.Wait()
	s.begin()
	s.flowc("signal", "checkout", "approve", `{"by": "bob", "ok": true}`)
	s.golden("checkout")

	s.order("declined", 200_000)
	s.flowc("signal", "declined", "approve", `{"by": "bob", "ok": true}`)
	s.golden("declined")
}

// command returns a command whose environment names the service.
func (s *service) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "FLOW_DOMAIN=dev", "AWS_ENDPOINT_URL_SWF=http://"+s.listen, "FLOW_STATE="+filepath.Join(s.tmp, "state"), "FLOW_PARAM_LEDGER="+filepath.Join(s.tmp, "ledger"))
	return cmd
}

func (s *service) file() string { return filepath.Join("examples", served, served+".flow") }

// begin starts the service, at the address that it had.
func (s *service) begin() {
	s.t.Helper()
	cmd := s.command(s.bin, "dev", s.file(), "--listen", s.listen, "--data", filepath.Join(s.tmp, "swf.db"))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.process = cmd
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		s.t.Fatalf("%v\n%s", err, log.String())
	}
	s.listen = strings.TrimPrefix(strings.TrimSpace(url), "http://")
}

// flowc runs a command, which must succeed, and returns what it prints.
func (s *service) flowc(args ...string) []byte {
	s.t.Helper()
	cmd := s.command(s.bin, args...)
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%v: %v\n%s", args, err, log.String())
	}
	return out
}

// order starts a run.
func (s *service) order(id string, cents int) {
	s.t.Helper()
	input, err := json.Marshal(map[string]any{"sku": "lamp", "customer": "ann", "cents": cents})
	if err != nil {
		s.t.Fatal(err)
	}
	s.flowc("start", s.file(), "--id", id, "--input", string(input))
}

// until waits until done holds for a run as JSON, and returns that.
func (s *service) until(id string, done func(run string) bool) []byte {
	s.t.Helper()
	var run []byte
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if run = s.flowc("show", id, "--json"); done(string(run)) {
			return run
		}
	}
	s.t.Fatalf("it takes too long: %s", run)
	return nil
}

// golden waits for the end of a run, and compares it with what is recorded.
func (s *service) golden(id string) {
	s.t.Helper()
	run := s.until(id, func(run string) bool {
		var r struct{ Ended *string }
		return json.Unmarshal([]byte(run), &r) == nil && r.Ended != nil
	})
	g := goldie.New(s.t, goldie.WithFixtureDir(filepath.Join("examples", served)), goldie.WithNameSuffix(".golden"))
	g.Assert(s.t, id, append(summary(s.t, run), fileOf(s.t, s.tmp, "ledger")...))
}
