package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/local"
)

// detachedVariable tells a flowc that it is the one in the background: its
// value is the id of the run.
const detachedVariable = "FLOWC_DETACHED"

// inBackground returns the id of the run that this process was started for in
// the background, "" if it was not. Programs do not inherit that.
func inBackground() string {
	id := os.Getenv(detachedVariable)
	_ = os.Unsetenv(detachedVariable) // only a name that is none can fail
	return id
}

// detach has a run, which was seen to be in order, done by a process in the
// background, and prints its id when it stands in the journal. The output of
// that process is the file output in the folder of the run. input is what that
// reads from stdin, nil if it does not.
func (c *console) detach(cfg *local.Config, dir string, input []byte) error {
	if cfg.Run == "" {
		cfg.Run = local.NewRunID(cfg.Workflow, time.Now())
	}
	j, err := openState(dir)
	if err != nil {
		return notKept(err)
	}
	if _, err := j.Find(cfg.Run); !errors.Is(err, history.ErrUnknown) {
		if err == nil {
			err = usagef("%w; give this one another --id", &journal.TakenError{Run: cfg.Run, Dir: j.Dir()})
		}
		return errors.Join(err, j.Close())
	}
	err = c.spawn(j, cfg.Run, input)
	if err := errors.Join(err, j.Close()); err != nil {
		return err
	}
	return c.printf("%s\n", cfg.Run)
}

// spawn starts the process, and returns when its run stands in the journal, or
// when it has ended without.
func (c *console) spawn(j *journal.Journal, run string, input []byte) error {
	folder := filepath.Join(j.Dir(), "runs", run)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return failuref("%w", err)
	}
	output, err := os.OpenFile(filepath.Join(folder, "output"), os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return failuref("%w", err)
	}
	defer output.Close()
	self, err := os.Executable()
	if err != nil {
		return failuref("%w", err)
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), detachedVariable+"="+run)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal, whose end would be ours
	if input != nil {
		stdin, err := spooled(input)
		if err != nil {
			return failuref("%w", err)
		}
		defer stdin.Close()
		cmd.Stdin = stdin
	}
	if err := cmd.Start(); err != nil {
		return failuref("%w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if _, unknown := j.Find(run); unknown == nil {
				return nil // it was a short one
			}
			_, _ = output.Seek(0, io.SeekStart) // if not, less is said
			_, _ = io.Copy(c.err, output)
			return errors.Join(os.RemoveAll(folder), codeOf(err))
		case <-time.After(5 * time.Millisecond):
		}
		_, err := j.Find(run)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, history.ErrUnknown):
			return failuref("%w", err)
		}
	}
}

// codeOf returns the error by which we end as a process did that has said why.
func codeOf(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return &exitError{code: exit.ExitCode()}
	}
	return errFailed
}

// readFromStdin returns what we have read from stdin, nil if that is nothing.
func readFromStdin(file, inputFlag string, r *compiler.Result, input *diag.Source) []byte {
	switch {
	case inputFlag == stdin:
		return []byte(input.Text)
	case file == stdin:
		return []byte(r.Files[0].Source.Text)
	}
	return nil
}

// spooled returns a file without a name that holds a text.
func spooled(text []byte) (*os.File, error) {
	f, err := os.CreateTemp("", "flowc-")
	if err != nil {
		return nil, err
	}
	err = os.Remove(f.Name())
	if err == nil {
		_, err = f.Write(text)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
