package main

import (
	"io"
	"os"
	"strings"

	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/lang/diag"
	"github.com/urfave/cli/v2"
)

func explainCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "explain a code, a node, or what a failure of a node would do",
		ArgsUsage: "[CODE | PATH FILE]",
		Description: `With the code of a finding: its page, with a wrong and a right example; without
one, a list of all codes. With the path of a node and a file: the effective settings
of the node, and where each comes from. With --fail too: who would be cancelled,
skipped or spared if the node failed, and what would become of the run.`,
		UsageText: `flowc explain F0501
			flowc explain etl/rows/raw etl.flow
			flowc explain --fail etl/rows/raw etl.flow`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "fail", Usage: "say what a failure of the node would do"},
			&cli.BoolFlag{Name: "json", Usage: "print an object"},
		},
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 0, 2)
			switch asJSON := ctx.Bool("json"); {
			case err != nil:
				return err
			case len(args) == 2:
				return c.explainNode(args[0], args[1], ctx.Bool("fail"), asJSON)
			case ctx.Bool("fail"):
				return usagef("--fail needs the path of a node and a file: flowc explain --fail PATH FILE")
			case len(args) == 0:
				return c.listCodes(asJSON)
			default:
				return c.explainCode(args[0], asJSON)
			}
		},
	}
}

// facts can be said of a node; as JSON they are for programs.
type facts interface{ WriteText(io.Writer) error }

// explainNode prints what can be said of the node with a path, or of its
// failure.
func (c *console) explainNode(path, file string, fail, asJSON bool) error {
	if path == "" {
		return usagef("the path of the node is empty")
	}
	if !isFile(file) && isFile(path) {
		return usagef("the path of a node comes before the file: flowc explain %s %s", file, path)
	}
	r, err := c.program(file)
	if err != nil {
		return err
	}
	p := r.Shown()
	path = nodePath(p, "", path)
	var f facts
	if fail {
		f, err = analyze.Fail(p, "", path)
	} else {
		f, err = analyze.Explain(p, "", path)
	}
	switch {
	case err != nil:
		return usagef("%s: %w", file, err)
	case asJSON:
		return c.printJSON(f)
	default:
		return f.WriteText(c.out)
	}
}

// isFile reports whether there is a file called name.
func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

// A codePage is the page of a code as a program reads it.
type codePage struct {
	Code     diag.Code `json:"code"`
	Severity string    `json:"severity"`
	Title    string    `json:"title"`
	Text     string    `json:"text"` // Markdown
	Wrong    string    `json:"wrong,omitempty"`
	Right    string    `json:"right,omitempty"`
}

func newCodePage(p diag.Page) codePage {
	return codePage{p.Code, p.Severity.String(), p.Title, p.Text, p.Wrong, p.Right}
}

// explainCode prints the page of a code.
func (c *console) explainCode(code string, asJSON bool) error {
	page, ok := diag.Explain(diag.Code(code))
	switch {
	case !ok:
		return unknownCode(code)
	case asJSON:
		return c.printJSON(newCodePage(page))
	}
	return page.Render(c.out, c.colored(c.out))
}

func unknownCode(code string) error {
	var codes []string
	for _, p := range diag.Codes() {
		codes = append(codes, string(p.Code))
	}
	if near, ok := spell.Nearest(strings.ToUpper(code), codes); ok {
		return usagef("there is no code %q; did you mean %s?", code, near)
	}
	return usagef("there is no code %q; `flowc explain` lists them", code)
}

// listCodes prints all codes with their titles.
func (c *console) listCodes(asJSON bool) error {
	if asJSON {
		pages := []codePage{}
		for _, p := range diag.Codes() {
			pages = append(pages, newCodePage(p))
		}
		return c.printJSON(pages)
	}
	for _, p := range diag.Codes() {
		if err := c.printf("%s  %s\n", p.Code, p.Title); err != nil {
			return err
		}
	}
	return nil
}
