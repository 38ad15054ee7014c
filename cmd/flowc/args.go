package main

import (
	"slices"
	"strings"

	"github.com/flowc/flowc/internal/spell"
	"github.com/urfave/cli/v2"
)

// A commandLine is a command line put in order: urfave/cli takes whatever
// follows the first argument for an argument, and people do not.
type commandLine struct {
	command *cli.Command // nil when none is named
	flags   []string     // `--name` or `--name=value`
	values  []string     // the arguments
	help    bool         // --help was among the flags
	version bool         // --version stood where a command does
}

// args returns l as urfave/cli reads it.
func (l *commandLine) args() []string {
	args := append([]string{"flowc", l.command.Name}, l.flags...)
	return append(append(args, "--"), l.values...)
}

// arrange puts args in order by the flag table of the command that they name.
// The flags that every command has may also stand before its name.
func arrange(app *cli.App, args []string) (*commandLine, error) {
	l := &commandLine{}
	r := &reader{args: args, table: flagTable(app.Flags)}
	for len(r.args) > 0 && l.command == nil {
		word, isFlag, err := r.next(l)
		switch {
		case err != nil:
			return nil, err
		case isFlag && l.version:
			word = "version"
		case isFlag:
			continue
		}
		if l.command = app.Command(word); l.command == nil {
			return nil, unknownCommand(app, word)
		}
	}
	if l.command == nil {
		if l.help {
			return l, nil
		}
		return nil, usagef("which command? `flowc help` lists them")
	}
	r.table, r.of = flagTable(l.command.Flags), l.command.Name
	for len(r.args) > 0 {
		word, isFlag, err := r.next(l)
		if err != nil {
			return nil, err
		}
		if !isFlag {
			l.values = append(l.values, word)
		}
	}
	return l, nil
}

// A reader reads a command line word by word.
type reader struct {
	args  []string // those to come
	table map[string]cli.Flag
	of    string // the command whose flags these are; "" before it is known
	ended bool   // `--` was met
}

// next takes the next word off r.args. A flag goes to l with its value;
// anything else is returned.
func (r *reader) next(l *commandLine) (word string, isFlag bool, err error) {
	word, r.args = r.args[0], r.args[1:]
	switch {
	case r.ended || word == "-" || !strings.HasPrefix(word, "-"):
		return word, false, nil
	case word == "--":
		r.ended = true
		return "", true, nil
	case word == "--version" && r.of == "" && l.command == nil:
		l.version = true
		return "", true, nil
	case strings.HasPrefix(word, "--"):
		name, value, given := strings.Cut(word[2:], "=")
		return "", true, r.flag(l, word, name, value, given)
	default:
		return "", true, r.short(l, word)
	}
}

// flag gives l a flag. Its value is the next word, unless it was given.
func (r *reader) flag(l *commandLine, word, name, value string, given bool) error {
	f := r.table[name]
	switch {
	case f == nil:
		return r.unknown(word, name)
	case isBool(f) && !given:
		l.help = l.help || name == "help" || name == "h"
		l.flags = append(l.flags, "--"+name)
		return nil
	case isBool(f) && value != "true" && value != "false":
		return usagef("%s takes no value; %s", dashed(name), r.hint())
	case !given && len(r.args) > 0:
		value, r.args = r.args[0], r.args[1:]
	}
	// An empty value is a script's variable that is not set; without this, many
	// a flag would mean the same as if it were not there.
	if value == "" {
		return usagef("%s needs a value; %s", dashed(name), r.hint())
	}
	l.flags = append(l.flags, "--"+name+"="+value)
	return nil
}

// short gives l the flags of a word with one dash: `-w`, `-lw`, `-j 4`, `-j4`,
// `-j=4`, and `-json` for those who learned it so.
func (r *reader) short(l *commandLine, word string) error {
	if name, value, given := strings.Cut(word[1:], "="); r.table[name] != nil {
		return r.flag(l, word, name, value, given)
	}
	for rest := word[1:]; rest != ""; {
		name := rest[:1]
		rest = rest[1:]
		f := r.table[name]
		if f == nil {
			return r.unknown(word, word[1:])
		}
		if isBool(f) {
			if err := r.flag(l, word, name, "", false); err != nil {
				return err
			}
			continue
		}
		return r.flag(l, word, name, strings.TrimPrefix(rest, "="), rest != "")
	}
	return nil
}

// unknown returns the error of a word that is no flag.
func (r *reader) unknown(word, name string) error {
	names := make([]string, 0, len(r.table))
	for n := range r.table {
		names = append(names, n)
	}
	word, _, _ = strings.Cut(word, "=")
	name, _, _ = strings.Cut(name, "=")
	if near, ok := spell.Nearest(name, names); ok && len(name) > 1 {
		return usagef("there is no flag %s; did you mean %s?", word, dashed(near))
	}
	return usagef("there is no flag %s; %s", word, r.hint())
}

// hint says where the flags are explained.
func (r *reader) hint() string {
	return "see `" + strings.Join(strings.Fields("flowc "+r.of+" --help"), " ") + "`"
}

// unknownCommand returns the error of a word that is no command.
func unknownCommand(app *cli.App, word string) error {
	if near, ok := spell.Nearest(word, commandNames(app)); ok {
		return usagef("there is no command %q; did you mean `flowc %s`?", word, near)
	}
	return usagef("there is no command %q; `flowc help` lists them", word)
}

// commandNames returns the names of the commands, in the order of the table.
func commandNames(app *cli.App) []string {
	names := make([]string, 0, len(app.Commands))
	for _, c := range app.Commands {
		names = append(names, c.Name)
	}
	return names
}

// flagTable returns flags by their names.
func flagTable(flags []cli.Flag) map[string]cli.Flag {
	table := map[string]cli.Flag{}
	for _, f := range flags {
		for _, name := range f.Names() {
			table[name] = f
		}
	}
	return table
}

// isBool reports whether f takes no value.
func isBool(f cli.Flag) bool {
	_, ok := f.(*cli.BoolFlag)
	return ok
}

// dashed returns the name of a flag as it is written.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// A choiceFlag takes one of some values.
type choiceFlag struct {
	*cli.StringFlag
	values []string
}

// choice makes f take one of values only.
func choice(f *cli.StringFlag, values []string) *choiceFlag {
	f.Action = func(_ *cli.Context, value string) error {
		if slices.Contains(values, value) {
			return nil
		}
		if near, ok := spell.Nearest(value, values); ok {
			return usagef("%s cannot be %q; did you mean %q?", dashed(f.Name), value, near)
		}
		return usagef("%s cannot be %q; it is one of %s", dashed(f.Name), value, strings.Join(values, ", "))
	}
	return &choiceFlag{f, values}
}
