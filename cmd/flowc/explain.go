package main

import (
	"strings"

	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/lang/diag"
	"github.com/urfave/cli/v2"
)

func explainCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "explain",
		Usage:       "say what a code of a finding means",
		ArgsUsage:   "[CODE]",
		Description: "Prints the page of a code, with a wrong and a right example. Without a code it\nlists all.",
		UsageText:   "flowc explain F0501",
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print an object"}},
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 0, 1)
			switch {
			case err != nil:
				return err
			case len(args) == 0:
				return c.listCodes(ctx.Bool("json"))
			default:
				return c.explainCode(args[0], ctx.Bool("json"))
			}
		},
	}
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
