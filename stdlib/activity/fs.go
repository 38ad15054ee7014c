package activity

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"
)

func registerFS(r *Registry) {
	Register(r, "std/fs.glob", glob)
	Register(r, "std/fs.read", read)
	Register(r, "std/fs.read_bytes", readBytes)
	Register(r, "std/fs.write", write)
	Register(r, "std/fs.write_bytes", writeBytes)
	Register(r, "std/fs.copy", copyFile)
	Register(r, "std/fs.hash", hashFile)
	Register(r, "std/fs.sha256", func(ctx context.Context, in oneFile) (string, error) {
		return hashFile(ctx, hashIn{File: in.File, Algorithm: "sha256"})
	})
	Register(r, "std/fs.stat", stat)
	Register(r, "std/fs.mkdir", mkdir)
	Register(r, "std/fs.remove", remove)
}

// oneFile is the input of what needs no more than a file.
type oneFile struct {
	File string `json:"file"`
}

// open opens a regular file for reading. Anything else might never end, or
// never begin: a pipe without a writer is not waited for.
func open(ctx context.Context, p string) (*os.File, fs.FileInfo, error) {
	path, err := resolve(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, about(p, err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = errors.New("is a folder")
	case !info.Mode().IsRegular():
		err = errors.New("is no regular file")
	default:
		return f, info, nil
	}
	f.Close()
	return nil, nil, failing(p, err)
}

type readIn struct {
	File string `json:"file"`
	Max  Size   `json:"max"`
}

func read(ctx context.Context, in readIn) (string, error) {
	data, err := readBytes(ctx, in)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(data) {
		return "", fmt.Errorf("`%s` is no UTF-8 text; `fs.read_bytes` reads any file", in.File)
	}
	return string(data), nil
}

func readBytes(ctx context.Context, in readIn) ([]byte, error) {
	f, info, err := open(ctx, in.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	tooLong := fmt.Errorf("`%s` has more than %s; `max` allows more", in.File, in.Max)
	if info.Size() > int64(in.Max) {
		return nil, tooLong
	}
	// The size is a hint: a file may grow, and some tell none.
	b := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead))
	if err := transfer(ctx, b, io.LimitReader(f, int64(in.Max)+1)); err != nil {
		return nil, failing(in.File, err)
	}
	if int64(b.Len()) > int64(in.Max) {
		return nil, tooLong
	}
	return b.Bytes(), nil
}

type writeIn struct {
	File string `json:"file"`
	Text string `json:"text"`
}

func write(ctx context.Context, in writeIn) (string, error) {
	return put(ctx, in.File, strings.NewReader(in.Text))
}

type writeBytesIn struct {
	File string `json:"file"`
	Data []byte `json:"data"`
}

func writeBytes(ctx context.Context, in writeBytesIn) (string, error) {
	return put(ctx, in.File, bytes.NewReader(in.Data))
}

// put makes the file p with what r holds.
func put(ctx context.Context, p string, r io.Reader) (string, error) {
	path, err := resolve(ctx, p)
	if err != nil {
		return "", err
	}
	return p, replace(path, p, nil, func(f *os.File) error { return transfer(ctx, f, r) })
}

type copyIn struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func copyFile(ctx context.Context, in copyIn) (string, error) {
	to, err := resolve(ctx, in.To)
	if err != nil {
		return "", err
	}
	from, info, err := open(ctx, in.From)
	if err != nil {
		return "", err
	}
	defer from.Close()
	if there, err := os.Stat(to); err == nil && os.SameFile(there, info) {
		return "", fmt.Errorf("`%s` and `%s` are the same file", in.From, in.To)
	}
	perm := info.Mode().Perm()
	return in.To, replace(to, in.To, &perm, func(f *os.File) error { return transfer(ctx, f, from) })
}

type hashIn struct {
	File      string `json:"file"`
	Algorithm string `json:"algorithm"`
}

// algorithms are those of the declared enum.
var algorithms = map[string]func() hash.Hash{
	"sha256": sha256.New, "sha512": sha512.New, "sha1": sha1.New, "md5": md5.New,
}

func hashFile(ctx context.Context, in hashIn) (string, error) {
	sum := algorithms[in.Algorithm]
	if sum == nil {
		return "", fmt.Errorf("there is no algorithm `%s`", in.Algorithm)
	}
	f, _, err := open(ctx, in.File)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sum()
	if err := transfer(ctx, h, f); err != nil {
		return "", failing(in.File, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Stat is what std/fs.stat tells of a path.
type Stat struct {
	Size     Size      `json:"size"`
	Modified time.Time `json:"modified"`
	Kind     string    `json:"kind"` // = "file" | "folder" | "other"
}

func stat(ctx context.Context, in oneFile) (*Stat, error) {
	path, err := resolve(ctx, in.File)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, failing(in.File, err)
	}
	s := &Stat{Size: Size(info.Size()), Modified: info.ModTime().UTC(), Kind: "other"}
	switch {
	case info.IsDir():
		s.Kind = "folder"
	case info.Mode().IsRegular():
		s.Kind = "file"
	}
	return s, nil
}

type mkdirIn struct {
	Folder string `json:"folder"`
}

func mkdir(ctx context.Context, in mkdirIn) (string, error) {
	path, err := resolve(ctx, in.Folder)
	if err != nil {
		return "", err
	}
	return in.Folder, failing(in.Folder, os.MkdirAll(path, 0o777))
}

func remove(ctx context.Context, in oneFile) (None, error) {
	path, err := resolve(ctx, in.File)
	if err != nil {
		return None{}, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return None{}, failing(in.File, err)
	}
	return None{}, nil
}
