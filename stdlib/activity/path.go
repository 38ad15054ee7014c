package activity

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// resolve returns where the path p of a flow is on this machine.
func resolve(ctx context.Context, p string) (string, error) {
	switch {
	case p == "":
		return "", errors.New("the path is empty")
	case strings.ContainsRune(p, 0):
		return "", fmt.Errorf("the path %q holds a zero byte", p)
	case filepath.IsAbs(p):
		return filepath.Clean(p), nil
	}
	return filepath.Join(Info(ctx).Dir, p), nil
}

// about makes the sentence of an error of the file system: the path as the
// flow knows it, and what is wrong with it. A file that is not there is the
// declared error NotFound.
func about(p string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &Error{Name: "NotFound", Message: fmt.Sprintf("there is no file `%s`", p), Fields: notFound{p}}
	}
	return failing(p, err)
}

// failing is about for activities that do not raise NotFound.
func failing(p string, err error) error {
	if err == nil {
		return nil
	}
	// What the system said, without its words for the call and the path.
	var inPath *fs.PathError
	var inLink *os.LinkError
	var inCall *os.SyscallError
	switch {
	case errors.As(err, &inPath):
		err = inPath.Err
	case errors.As(err, &inLink):
		err = inLink.Err
	case errors.As(err, &inCall):
		err = inCall.Err
	}
	return fmt.Errorf("`%s`: %w", p, err)
}

type notFound struct {
	File string `json:"file"`
}
