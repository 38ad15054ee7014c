// Package blob keeps values outside of the history of a run: by their content,
// in a folder.
//
// A blob is a file named after the SHA-256 of what is in it:
//
//	sha256/3f/3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea
//
// It is written under another name first and then renamed, so a blob that is
// there is whole, and it may not be written to. Equal values are one blob. The
// path of the blob, without the subfolder, is the key of a [ir.Ref].
package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/flowc/flowc/compiler/ir"
)

// A Store is a folder of blobs. Any number of goroutines and processes may use
// one.
type Store struct {
	dir string

	mu   sync.Mutex
	seen map[string]state // blobs whose content this process has seen to be right, by hash
}

// state is what tells that a file has not been changed since it was seen.
type state struct {
	size     int64
	modified int64
}

// New returns the store in a folder, which is made when it is needed.
func New(dir string) *Store { return &Store{dir: dir, seen: map[string]state{}} }

const scheme = "sha256/"

// Put keeps content.
func (s *Store) Put(content []byte) (*ir.Ref, error) {
	sum := sha256.Sum256(content)
	r := NewRef(sum[:], int64(len(content)))
	if s.intact(r) == nil {
		s.renew(r)
		return r, nil
	}
	return r, s.write(r, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// PutFile keeps what is in a file, which must not be written to meanwhile. It
// shows every byte to see, unless that is nil, whose error ends it.
func (s *Store) PutFile(path string, see io.Writer) (*ir.Ref, error) {
	in, err := OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	out, err := s.temporary()
	if err != nil {
		return nil, err
	}
	defer os.Remove(out.Name()) // it has been renamed by then, if all went well
	defer out.Close()
	h := sha256.New()
	to := io.MultiWriter(out, h)
	if see != nil {
		to = io.MultiWriter(out, h, see)
	}
	n, err := io.Copy(to, in)
	if err != nil {
		return nil, err
	}
	r := NewRef(h.Sum(nil), n)
	return r, s.install(out, r)
}

// OpenRegular opens a file whose content is to be kept: no folder, no pipe.
func OpenRegular(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return f, nil
}

// NewRef returns the ref of content with a SHA-256 and a size in bytes. Every
// store makes refs of this form, so that one reads what another has kept.
func NewRef(sum []byte, size int64) *ir.Ref {
	text := hex.EncodeToString(sum)
	return &ir.Ref{Key: scheme + text, SHA256: text, Size: size}
}

// write makes the blob of a ref.
func (s *Store) write(r *ir.Ref, content func(io.Writer) error) error {
	out, err := s.temporary()
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	if err := content(out); err != nil {
		return err
	}
	return s.install(out, r)
}

// temporary makes a file that is to become a blob.
func (s *Store) temporary() (*os.File, error) {
	dir := filepath.Join(s.dir, "tmp")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return os.CreateTemp(dir, "")
}

// install makes a file the blob of a ref.
func (s *Store) install(f *os.File, r *ir.Ref) error {
	if err := f.Chmod(0o444); err != nil {
		return err
	}
	if err := f.Sync(); err != nil { // whoever records the ref relies on what it stands for
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	path := s.path(r.SHA256)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil {
		s.remember(r.SHA256, info)
	}
	return nil
}

// syncFolder has the names in a folder on disk.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// renew makes a blob young: one that somebody is about to name again must not
// be removed for having been of no use for long.
func (s *Store) renew(r *ir.Ref) {
	path := s.path(r.SHA256)
	now := time.Now()
	if info, err := os.Stat(path); err == nil && now.Sub(info.ModTime()) > time.Hour && os.Chtimes(path, now, now) == nil {
		if info, err = os.Stat(path); err == nil {
			s.remember(r.SHA256, info)
		}
	}
}

// path returns where the blob with a hash is.
func (s *Store) path(sum string) string { return filepath.Join(s.dir, "sha256", sum[:2], sum) }

// Path returns the path of the file of a ref, whose content has been checked.
// It is absolute if that of the store's folder is. The error names the key.
func (s *Store) Path(r *ir.Ref) (string, error) {
	if err := s.intact(r); err != nil {
		return "", err
	}
	return s.path(sumOf(r)), nil
}

// Read returns the content of a ref.
func (s *Store) Read(r *ir.Ref) ([]byte, error) {
	path, err := s.Path(r)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// Drop removes the content of a ref, which nobody may use then.
func (s *Store) Drop(r *ir.Ref) { _ = os.Remove(s.path(sumOf(r))) }

// sumOf returns the hash in the key of a ref, "" if it is no key of a store.
func sumOf(r *ir.Ref) string {
	sum, ok := strings.CutPrefix(r.Key, scheme)
	if raw, err := hex.DecodeString(sum); !ok || err != nil || len(raw) != sha256.Size || sum != strings.ToLower(sum) {
		return ""
	}
	return sum
}

// intact reports why the content of a ref is not what it was.
func (s *Store) intact(r *ir.Ref) error {
	sum := sumOf(r)
	if sum == "" {
		return fmt.Errorf("the value `%s` is not in the store of this machine", r.Key)
	}
	path := s.path(sum)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the value `%s` is missing: there is no file %s", r.Key, path)
	case err != nil:
		return fmt.Errorf("the value `%s` cannot be read: %w", r.Key, err)
	case r.SHA256 != "" && r.SHA256 != sum:
		return fmt.Errorf("the value `%s` is said to have the hash %s", r.Key, r.SHA256)
	case s.remembers(sum, info):
	default:
		if err := check(path, sum); err != nil {
			return fmt.Errorf("the value `%s` %w", r.Key, err)
		}
		s.remember(sum, info)
	}
	if r.SHA256 != "" && r.Size != info.Size() {
		return fmt.Errorf("the value `%s` has %d bytes, and not %d", r.Key, info.Size(), r.Size)
	}
	return nil
}

// check reads a file to see if it has a hash.
func check(path, sum string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	if hex.EncodeToString(h.Sum(nil)) != sum {
		return fmt.Errorf("was altered: what is in %s has another hash", path)
	}
	return nil
}

func (s *Store) remember(sum string, info fs.FileInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[sum] = state{info.Size(), info.ModTime().UnixNano()}
}

func (s *Store) remembers(sum string, info fs.FileInfo) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[sum] == state{info.Size(), info.ModTime().UnixNano()}
}
