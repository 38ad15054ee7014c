package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// Blobs keeps contents outside of histories. Its errors name the key.
type Blobs interface {
	Put(content []byte) (*ir.Ref, error)
	Get(*ir.Ref) ([]byte, error)
}

// claimPrefix begins every claim check, and nothing else that travels.
const claimPrefix = `{"$blob":`

// mostClaimed is the most bytes that a claim check is redeemed for. Nothing of
// ours comes near it; a store has files of any size, and anybody may name one.
const mostClaimed = 1 << 30

type claim struct {
	Blob struct {
		Key    string `json:"$ref"`
		SHA256 string `json:"sha256"`
		Size   int64  `json:"size"`
	} `json:"$blob"`
}

// MissingError says that a value was to be kept or fetched where there is no
// store, or that it is not what it was.
type MissingError struct {
	Key string // "" when it was to be kept
	Err error
}

// Error names the key.
func (e *MissingError) Error() string {
	if e.Key == "" {
		return "a value that is too long for Amazon SWF could not be stored: " + e.Err.Error()
	}
	return fmt.Sprintf("the stored value %s could not be read: %v", e.Key, e.Err)
}

// Unwrap returns the cause.
func (e *MissingError) Unwrap() error { return e.Err }

// Lost reports whether an error of [Blobs.Get] is one that another try will not
// mend: there is no such content, or it was altered. Such an error, or one that
// it wraps, has a method Lost that says so.
func Lost(err error) bool {
	var e interface{ Lost() bool }
	return errors.As(err, &e) && e.Lost()
}

var errNoStore = fmt.Errorf("there is no store for values (see --blobs)")

// Fit returns text if it has at most limit characters, else a claim check for
// it.
func Fit(b Blobs, text string, limit int) (string, error) {
	if Length(text) <= limit && !IsClaim(text) {
		return text, nil
	}
	if b == nil {
		return "", &MissingError{Err: errNoStore}
	}
	ref, err := b.Put([]byte(text))
	if err != nil {
		return "", &MissingError{Err: err}
	}
	var c claim
	c.Blob.Key, c.Blob.SHA256, c.Blob.Size = ref.Key, ref.SHA256, ref.Size
	short, err := json.Marshal(c)
	return string(short), err
}

// Open returns the text that a claim check stands for, and every other text as
// it is.
func Open(b Blobs, text string) (string, error) {
	if !IsClaim(text) {
		return text, nil
	}
	var c claim
	if err := json.Unmarshal([]byte(text), &c); err != nil || c.Blob.Key == "" || c.Blob.SHA256 == "" || c.Blob.Size < 0 || c.Blob.Size > mostClaimed {
		return "", &MissingError{Key: "of an unreadable reference", Err: noReference(Cut(text, 200))}
	}
	if b == nil {
		return "", &MissingError{Key: c.Blob.Key, Err: errNoStore}
	}
	content, err := b.Get(&ir.Ref{Key: c.Blob.Key, SHA256: c.Blob.SHA256, Size: c.Blob.Size})
	if err != nil {
		return "", &MissingError{Key: c.Blob.Key, Err: err}
	}
	return string(content), nil
}

// noReference is the error of a text that looks like a claim check and is none.
// Anybody may have sent it, and it will not get better.
type noReference string

func (e noReference) Error() string { return string(e) + " is no reference" }
func (noReference) Lost() bool      { return true }

// IsClaim reports whether a text is a claim check.
func IsClaim(text string) bool { return strings.HasPrefix(text, claimPrefix) }

// Length returns the length of a text as the service counts it: in characters,
// those outside of the basic plane twice, to be on the safe side.
func Length(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

// Cut returns the beginning of a text that has at most limit characters, and
// ends in … if there is more.
func Cut(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if Length(s) <= limit {
		return s
	}
	n := 0
	for k, r := range s {
		if n++; r > 0xffff {
			n++
		}
		if n > limit-1 {
			return s[:k] + "…"
		}
	}
	return s
}
