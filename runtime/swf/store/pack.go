package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
)

// errDamaged is what reading gives when all that is stored was read, and is
// nothing that can be decompressed.
var errDamaged = errors.New("it cannot be decompressed")

// pack compresses content. The same content gives the same bytes.
func pack(content []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(content) // to memory
	_ = w.Close()
	return out.Bytes()
}

// open opens what is at a key, uncompressed.
func (s *Store) open(ctx context.Context, key string) (io.ReadCloser, error) {
	in, packed, err := s.files.open(ctx, key)
	if err != nil || !packed {
		return in, err
	}
	u := &unpacker{from: &watched{Reader: in}, Closer: in}
	if u.z, err = gzip.NewReader(u.from); err != nil {
		_ = in.Close() // it was only read
		return nil, u.explain(err)
	}
	return u, nil
}

// An unpacker decompresses. It tells apart what is wrong with what was stored,
// which stays, and what is wrong with the way to it, which may pass.
type unpacker struct {
	io.Closer
	from *watched
	z    *gzip.Reader
}

// Read reads what is decompressed.
func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	return n, u.explain(err)
}

func (u *unpacker) explain(err error) error {
	switch {
	case err == nil || err == io.EOF:
		return err
	case u.from.err != nil:
		return u.from.err
	default:
		return errDamaged
	}
}

// A watched source keeps the error that reading it gave.
type watched struct {
	io.Reader
	err error
}

// Read reads from the source.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
