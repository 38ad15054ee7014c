package activity

import (
	"embed"
	"strings"
)

//go:embed flow/*.flow
var declarations embed.FS

// modules are the library's modules, sorted.
var modules = []string{"std/exec", "std/fs", "std/http", "std/lambda", "std/log", "std/s3"}

// Modules returns the names of the library's modules, sorted.
func Modules() []string { return append([]string(nil), modules...) }

// Source returns the declarations of a module such as `std/fs`, as a file of
// the language, and whether there is such a module.
func Source(name string) ([]byte, bool) {
	base, ok := strings.CutPrefix(name, "std/")
	if !ok || strings.ContainsAny(base, "/\\") {
		return nil, false
	}
	text, err := declarations.ReadFile("flow/" + base + ".flow")
	return text, err == nil
}

// InLibrary reports whether an activity, or a file, is the library's.
func InLibrary(name string) bool { return strings.HasPrefix(name, "std/") }
