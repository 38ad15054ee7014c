package main

import (
	"errors"
	"fmt"
	"syscall"
)

// Exit codes, as scripts see them.
const (
	exitDone        = 0
	exitFailed      = 1   // the check or the run failed
	exitUsage       = 2   // the command line is wrong, or a file cannot be opened
	exitUnreachable = 3   // the service cannot be reached, or may not be
	exitCancelled   = 130 // the run was cancelled, by a signal or otherwise
)

// An exitError ends a command with a code.
type exitError struct {
	code int
	err  error // what to say; nil if everything has been said
}

// Error returns what to say.
func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.err }

var (
	errFailed    = &exitError{code: exitFailed}
	errCancelled = &exitError{code: exitCancelled}
)

// failuref returns an error that ends a command with exitFailed.
func failuref(format string, args ...any) error {
	return &exitError{exitFailed, fmt.Errorf(format, args...)}
}

// usagef returns an error that ends a command with exitUsage.
func usagef(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// worse returns the error with the higher code: what to end with after several
// things were tried.
func worse(a, b error) error {
	if exitCode(b) > exitCode(a) {
		return b
	}
	return a
}

// exitCode returns the code that err ends a command with. Whoever reads our
// output may stop when they have seen enough: that is no failure.
func exitCode(err error) int {
	var e *exitError
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return exitDone
	case errors.As(err, &e):
		return e.code
	default:
		return exitFailed
	}
}

// exit says what is left to say of err and returns the exit code.
func (c *console) exit(err error) int {
	return exitCode(c.say(err))
}

// say tells the person what is left to say of err, and returns an error of the
// same code of which nothing is.
func (c *console) say(err error) error {
	code := exitCode(err)
	var e *exitError
	switch {
	case code == exitDone:
		return nil
	case errors.As(err, &e) && e.err == nil:
		return err
	}
	c.sayf("flowc: %s\n", err)
	return &exitError{code: code}
}
