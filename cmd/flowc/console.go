package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/flowc/flowc/lang/diag"
	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// A console is what a command reads and writes.
type console struct {
	in    io.Reader
	out   io.Writer // results
	err   io.Writer // diagnostics, progress, logs
	color string    // of --color
}

// colorFlag is a flag of every command.
func (c *console) colorFlag() cli.Flag {
	return choice(&cli.StringFlag{
		Name: "color", Usage: "use colours: `auto|always|never`", Value: "auto", Destination: &c.color,
	}, colorModes)
}

var colorModes = []string{"auto", "always", "never"}

// colored reports whether what is written to w is to have colours.
func (c *console) colored(w io.Writer) bool {
	switch c.color {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
}

// width returns the columns of the terminal that results are printed on, 0 if
// they are not printed on one.
func (c *console) width() int {
	f, ok := c.out.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// sayf tells the person something. Where nobody listens there is nobody to
// tell that either.
func (c *console) sayf(format string, args ...any) {
	fmt.Fprintf(c.err, format, args...)
}

// show shows diagnostics.
func (c *console) show(ds []diag.Diagnostic) {
	if len(ds) > 0 {
		_ = diag.Render(c.err, ds, diag.Options{Color: c.colored(c.err)}) // as sayf
	}
}

// print writes a result.
func (c *console) print(text []byte) error {
	_, err := c.out.Write(text)
	return err
}

// printf writes a result.
func (c *console) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(c.out, format, args...)
	return err
}

// printJSON writes a result as one JSON document: for a person on a terminal,
// for a program elsewhere.
func (c *console) printJSON(v any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if isTerminal(c.out) {
		enc.SetIndent("", "  ")
	}
	if err := enc.Encode(v); err != nil {
		return err
	}
	return c.print(text.Bytes())
}

// printLine writes a result as a JSON document on a line.
func (c *console) printLine(v any) error {
	var text bytes.Buffer
	if err := appendLine(&text, v); err != nil {
		return err
	}
	return c.print(text.Bytes())
}

// appendLine writes a JSON document on a line to text.
func appendLine(text *bytes.Buffer, v any) error {
	enc := json.NewEncoder(text)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
