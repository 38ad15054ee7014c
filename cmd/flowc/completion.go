package main

import (
	"embed"
	"strings"

	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/history"
	"github.com/urfave/cli/v2"
)

// completionScripts holds one script a shell. Each asks `flowc __complete` for
// what may stand at the cursor, and falls back to the names of files.
//
//go:embed completion/flowc.*
var completionScripts embed.FS

var shells = []string{"bash", "zsh", "fish"}

// completeWord is the command that the scripts call. It is for them, so help
// does not list it.
const completeWord = "__complete"

func completionCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "completion",
		Usage:       "print a script that completes command lines of flowc",
		ArgsUsage:   strings.Join(shells, "|"),
		Description: "Have your shell read it whenever it starts.",
		UsageText: `source <(flowc completion bash)
			source <(flowc completion zsh)
			flowc completion fish | source`,
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 1, 1)
			if err != nil {
				return err
			}
			script, err := completionScripts.ReadFile("completion/flowc." + args[0])
			if err == nil {
				return c.print(script)
			}
			if near, ok := spell.Nearest(args[0], shells); ok {
				return usagef("there is no completion for %q; did you mean %s?", args[0], near)
			}
			return usagef("there is no completion for %q, only for %s", args[0], list(shells))
		},
	}
}

// complete prints what may stand in place of the last of words, a line each:
// the word and, after a tab, what it means. The words are those of a command
// line without the name of the program.
func (c *console) complete(app *cli.App, words []string) error {
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	var b strings.Builder
	for _, w := range completions(app, words) {
		if strings.HasPrefix(w.text, last) {
			b.WriteString(w.text + "\t" + w.means + "\n")
		}
	}
	return c.print([]byte(b.String()))
}

// A word may stand at the cursor.
type word struct{ text, means string }

// completions returns the words that may stand in place of the last of line,
// whatever that begins with; none if that is the name of a file, or anything.
func completions(app *cli.App, line []string) []word {
	r := &reader{args: line[:len(line)-1], table: flagTable(app.Flags)}
	l := &commandLine{}
	for len(r.args) > 0 {
		before := r.args[0]
		if _, hasValue := valueOf(r, before); hasValue && len(r.args) == 1 {
			return values(r.table[strings.TrimLeft(before, "-")])
		}
		w, isFlag, err := r.next(l)
		switch {
		case err != nil:
			return nil
		case isFlag:
		case l.command == nil:
			if l.command = app.Command(w); l.command == nil {
				return nil
			}
			r.table = flagTable(l.command.Flags)
		default:
			l.values = append(l.values, w)
		}
	}
	flags := app.Flags
	if l.command != nil {
		flags = l.command.Flags
	}
	switch {
	case strings.HasPrefix(line[len(line)-1], "-") && !r.ended:
		return flagWords(flags)
	case l.command == nil:
		return commandWords(app)
	default:
		return argumentWords(app, l)
	}
}

// valueOf returns the flag that word is, and whether its value is the next word.
func valueOf(r *reader, word string) (cli.Flag, bool) {
	f := r.table[strings.TrimLeft(word, "-")]
	return f, f != nil && !r.ended && strings.HasPrefix(word, "-") && !isBool(f)
}

// values returns the values that f may have, if they can be listed.
func values(f cli.Flag) []word {
	var words []word
	if f, ok := f.(*choiceFlag); ok {
		for _, v := range f.values {
			words = append(words, word{v, ""})
		}
	}
	return words
}

func flagWords(flags []cli.Flag) []word {
	var words []word
	for _, f := range flags {
		usage := ""
		if doc, ok := f.(cli.DocGenerationFlag); ok {
			usage = strings.ReplaceAll(doc.GetUsage(), "`", "")
		}
		words = append(words, word{dashed(f.Names()[0]), usage})
	}
	return words
}

func commandWords(app *cli.App) []word {
	var words []word
	for _, c := range app.Commands {
		words = append(words, word{c.Name, c.Usage})
	}
	return words
}

// argumentWords returns what the next argument of a command may be.
func argumentWords(app *cli.App, l *commandLine) []word {
	var words []word
	switch {
	case l.command.Name == "help" && len(l.values) == 0:
		return commandWords(app)
	case l.command.Name == "completion" && len(l.values) == 0:
		for _, s := range shells {
			words = append(words, word{s, ""})
		}
	case l.command.Name == "explain" && len(l.values) == 0:
		for _, p := range diag.Codes() {
			words = append(words, word{string(p.Code), p.Title})
		}
	case (l.command.Name == "run" || l.command.Name == "graph") && len(l.values) == 1:
		return workflowWords(l.values[0])
	case strings.HasPrefix(l.command.ArgsUsage, "RUN") || l.command.ArgsUsage == "[RUN]":
		if len(l.values) == 0 {
			return runWords()
		}
	}
	return words
}

// mostRuns is how many runs are offered.
const mostRuns = 100

// runWords returns the newest runs of the usual state folder.
func runWords() []word {
	r := &runs{stop: func() {}}
	p, err := projectOf("", "")
	if err != nil || r.openJournal(p.stateDir("")) != nil {
		return nil
	}
	found, _ := r.Runs(history.Filter{Limit: mostRuns})
	_ = r.close(nil) // nobody could be told
	words := make([]word, 0, len(found))
	for i := range found {
		words = append(words, word{found[i].Run, found[i].Workflow + ", " + statusWord(&found[i])})
	}
	return words
}

// workflowWords returns the workflows of a file.
func workflowWords(name string) []word {
	src, err := load(name)
	if err != nil {
		return nil
	}
	var words []word
	file, _ := lang.Parse(src)
	for _, d := range file.Decls {
		if w, ok := d.(*lang.WorkflowDecl); ok && !w.Canvas {
			doc, _, _ := strings.Cut(w.Doc, "\n")
			words = append(words, word{w.Name.Name, doc})
		}
	}
	return words
}
