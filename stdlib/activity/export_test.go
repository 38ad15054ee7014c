package activity

import (
	"net/http"
	"reflect"
)

// Shapes returns the types that the library's implementations take and give,
// by name.
func Shapes() map[string][2]reflect.Type { return Std().types }

// ErrorFields returns what the library's declared errors carry, by name.
func ErrorFields() map[string]reflect.Type {
	return map[string]reflect.Type{
		"std/fs.NotFound":     reflect.TypeFor[notFound](),
		"std/exec.ExitError":  reflect.TypeFor[exitError](),
		"std/http.HttpStatus": reflect.TypeFor[httpStatus](),
		"std/http.WrongHash":  reflect.TypeFor[wrongHash](),
		"std/s3.NotFound":     reflect.TypeFor[noObject](),
	}
}

// Temporary is the pattern of the files that a write leaves only while it runs.
const Temporary = ".flowc-*.tmp"

var (
	Transfer = transfer
	Replace  = replace
)

// Redirect decides about following a redirection, as a request without
// headers that allows one does.
func Redirect(r *http.Request, via []*http.Request) error {
	return (&exchange{redirects: 1}).redirect(r, via)
}

// SendInParts makes objects of more than size bytes be sent in parts of that
// size.
func SendInParts(size int64) (restore func()) {
	part, whole := s3Part, s3Whole
	s3Part, s3Whole = size, size
	return func() { s3Part, s3Whole = part, whole }
}
