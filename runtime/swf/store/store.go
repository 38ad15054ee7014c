package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/blob"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/work"
	lru "github.com/hashicorp/golang-lru/v2"
)

// A Store is a place for values and programs. Any number of goroutines and
// processes may use one.
type Store struct {
	where    string // as people know it
	files    files
	cache    *blob.Store                // files here, for programs that are given a path
	cacheDir string                     //
	put      *lru.Cache[string, bool]   // addresses of values that are there for sure
	plans    *lru.Cache[string, loaded] // by hash
}

var _ work.Refs = (*Store)(nil)

// files is where a store keeps things.
type files interface {
	// open opens what is at a key, and says whether it is compressed. The error
	// wraps fs.ErrNotExist if there is nothing.
	open(ctx context.Context, key string) (content io.ReadCloser, packed bool, err error)
	// create puts something whole at a key, unless it is there. packed says
	// that it is compressed.
	create(ctx context.Context, key string, content io.ReadSeeker, size int64, packed bool) error
	// has reports whether something is at a key.
	has(ctx context.Context, key string) (bool, error)
	// remove removes what is at a key.
	remove(ctx context.Context, key string) error
}

const (
	scheme     = "sha256/"
	packFrom   = 4 << 10 // bytes: what is smaller is not worth compressing
	knownPuts  = 4096
	knownPlans = 64
	callTime   = 2 * time.Minute // for a value that is in memory
	fileTime   = 6 * time.Hour   // for a file of any size
)

// A LostError says that a value is not what it was, and will not be again.
type LostError struct {
	Key string
	Why string // missing from …, altered
}

// Error returns a sentence.
func (e *LostError) Error() string { return fmt.Sprintf("the value `%s` %s", e.Key, e.Why) }

// Lost reports that trying again will not help. Others look for this method.
func (e *LostError) Lost() bool { return true }

// A Config says what a URL does not.
type Config struct {
	account.Config
	Endpoint string // of S3, "" for AWS or what AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL say
	Cache    string // folder for files that programs are given; "" is one of the user's
}

// Open returns the store at a URL or in a folder. It speaks to no service yet.
func Open(ctx context.Context, where string, c Config) (*Store, error) {
	s := &Store{where: where}
	s.put, _ = lru.New[string, bool](knownPuts)
	s.plans, _ = lru.New[string, loaded](knownPlans)
	kind, rest, isURL := strings.Cut(where, "://")
	switch {
	case where == "":
		return nil, errors.New("the address of a store of values is empty")
	case !isURL:
		return s.inFolder(where)
	case kind == "file":
		u, err := url.Parse(where)
		if err != nil || u.Host != "" && u.Host != "localhost" || u.Path == "" {
			return nil, fmt.Errorf("`%s` names no folder: write it as in file:///var/lib/flowc", where)
		}
		return s.inFolder(filepath.FromSlash(u.Path))
	case kind == "s3":
		bucket, prefix, _ := strings.Cut(rest, "/")
		if bucket == "" || strings.ContainsAny(rest, "?#@") {
			return nil, fmt.Errorf("`%s` names no bucket: write it as in s3://bucket/prefix", where)
		}
		b, err := newBucket(ctx, bucket, strings.Trim(prefix, "/"), c)
		if err != nil {
			return nil, err
		}
		s.files = b
		return s, s.cacheIn(c.Cache)
	default:
		return nil, fmt.Errorf("values cannot be kept at `%s`: name a folder, or s3://bucket/prefix", where)
	}
}

func (s *Store) inFolder(dir string) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	s.files, s.cache, s.cacheDir = folder{abs}, blob.New(abs), abs
	return s, nil
}

// cacheIn makes dir the folder of files that programs are given.
func (s *Store) cacheIn(dir string) error {
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			user = os.TempDir()
		}
		dir = filepath.Join(user, "flowc", "blobs")
	}
	abs, err := filepath.Abs(dir)
	s.cache, s.cacheDir = blob.New(abs), abs
	return err
}

// String returns the address of the store, as it was given.
func (s *Store) String() string { return s.where }

// Put keeps a value.
func (s *Store) Put(content []byte) (*ir.Ref, error) {
	sum := sha256.Sum256(content)
	r := blob.NewRef(sum[:], int64(len(content)))
	if s.put.Contains(r.Key) {
		return r, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	if err := s.create(ctx, address(r.SHA256), content); err != nil {
		return nil, fmt.Errorf("a value of %d bytes cannot be kept in %s: %w", len(content), s.where, account.Explain(err))
	}
	s.put.Add(r.Key, true)
	return r, nil
}

// create puts content at a key, compressed if that is worth it.
func (s *Store) create(ctx context.Context, key string, content []byte) error {
	if len(content) >= packFrom {
		if packed := pack(content); len(packed) < len(content)*9/10 {
			return s.files.create(ctx, key, bytes.NewReader(packed), int64(len(packed)), true)
		}
	}
	return s.files.create(ctx, key, bytes.NewReader(content), int64(len(content)), false)
}

// PutFile keeps what is in a file, which must not be written to meanwhile. It
// shows every byte to see, unless that is nil, whose error ends it.
func (s *Store) PutFile(path string, see io.Writer) (*ir.Ref, error) {
	in, err := blob.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	h := sha256.New()
	to := io.Writer(h)
	if see != nil {
		to = io.MultiWriter(h, see)
	}
	size, err := io.Copy(to, in)
	if err != nil {
		return nil, err
	}
	r := blob.NewRef(h.Sum(nil), size)
	ctx, cancel := context.WithTimeout(context.Background(), fileTime)
	defer cancel()
	if there, err := s.files.has(ctx, address(r.SHA256)); err == nil && there {
		return r, nil
	}
	if err := s.files.create(ctx, address(r.SHA256), in, size, false); err != nil {
		return nil, fmt.Errorf("a value of %d bytes cannot be kept in %s: %w", size, s.where, account.Explain(err))
	}
	return r, nil
}

// Get returns the content of a ref. The error names the key; if it is a
// *[LostError] there is no use in trying again.
func (s *Store) Get(r *ir.Ref) ([]byte, error) {
	sum, err := sumOf(r)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	in, err := s.open(ctx, address(sum))
	if err != nil {
		return nil, s.unread(r, err)
	}
	defer in.Close()
	from := io.Reader(in)
	if r.SHA256 != "" {
		from = io.LimitReader(in, r.Size+1) // more of it would be another value anyway
	}
	content, err := io.ReadAll(from)
	if err != nil {
		return nil, s.unread(r, err)
	}
	if got := sha256.Sum256(content); hex.EncodeToString(got[:]) != sum {
		return nil, &LostError{r.Key, "was altered in " + s.where + ": its content has another hash"}
	}
	return content, nil
}

// unread returns the error of a value that could not be read.
func (s *Store) unread(r *ir.Ref, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &LostError{r.Key, "is missing from " + s.where}
	case errors.Is(err, errDamaged):
		return &LostError{r.Key, "was altered in " + s.where + ": it cannot be decompressed"}
	}
	return fmt.Errorf("the value `%s` cannot be read from %s: %w", r.Key, s.where, account.Explain(err))
}

// Path returns the path of a file of this machine with the content of a ref,
// which has been checked. Nobody may write to it.
func (s *Store) Path(r *ir.Ref) (string, error) {
	sum, err := sumOf(r)
	if err != nil {
		return "", err
	}
	plain := filepath.Join(s.cacheDir, filepath.FromSlash(address(sum)))
	if _, err := os.Stat(plain); err == nil {
		path, err := s.cache.Path(r)
		if err == nil || s.local() {
			return path, lost(r, err)
		}
		_ = os.Remove(plain) // the copy is damaged, which the store need not be
	}
	ctx, cancel := context.WithTimeout(context.Background(), fileTime)
	defer cancel()
	in, err := s.open(ctx, address(sum))
	if err != nil {
		return "", s.unread(r, err)
	}
	defer in.Close()
	if err := write(s.cacheDir, address(sum), in); err != nil {
		return "", s.unread(r, err)
	}
	path, err := s.cache.Path(r)
	if err != nil && !s.local() {
		_ = os.Remove(plain)
	}
	return path, lost(r, err)
}

// local reports whether the files that programs are given are the store itself.
func (s *Store) local() bool {
	_, ok := s.files.(folder)
	return ok
}

// lost returns what is wrong with a file that can be read.
func lost(r *ir.Ref, err error) error {
	if err == nil {
		return nil
	}
	return &LostError{r.Key, strings.TrimPrefix(err.Error(), "the value `"+r.Key+"` ")}
}

// Drop removes the content of a ref, which nobody may use then.
func (s *Store) Drop(r *ir.Ref) {
	sum, err := sumOf(r)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	s.put.Remove(r.Key)
	_ = s.files.remove(ctx, address(sum)) // what stays is in nobody's way
}

// address returns the key in a store of a value with a hash.
func address(sum string) string { return scheme + sum[:2] + "/" + sum }

// sumOf returns the hash in the key of a ref.
func sumOf(r *ir.Ref) (string, error) {
	sum, ok := strings.CutPrefix(r.Key, scheme)
	switch raw, err := hex.DecodeString(sum); {
	case !ok || err != nil || len(raw) != sha256.Size || sum != strings.ToLower(sum):
		return "", &LostError{r.Key, "is in no store: its key is none"}
	case r.SHA256 != "" && r.SHA256 != sum:
		return "", &LostError{r.Key, "is said to have the hash " + r.SHA256}
	}
	return sum, nil
}
