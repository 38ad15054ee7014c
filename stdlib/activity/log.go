package activity

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
)

func registerLog(r *Registry) {
	Register(r, "std/log.info", logger(""))
	Register(r, "std/log.warn", logger("warning: "))
	Register(r, "std/log.error", logger("error: "))
}

type logIn struct {
	Message string            `json:"message"`
	Fields  map[string]string `json:"fields"`
}

// logger returns what logs messages with prefix in front.
func logger(prefix string) func(context.Context, logIn) (None, error) {
	return func(ctx context.Context, in logIn) (None, error) {
		log := Info(ctx).Log
		for line := range strings.Lines(prefix + in.Message + fields(in.Fields)) {
			log(strings.TrimRight(line, "\r\n"))
		}
		return None{}, nil
	}
}

// fields returns m as ` key=value` each, sorted; values are quoted where it
// would not be clear what they are.
func fields(m map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(m)) {
		b.WriteByte(' ')
		b.WriteString(plain(key))
		b.WriteByte('=')
		b.WriteString(plain(m[key]))
	}
	return b.String()
}

// plain returns s, in quotes if it is empty or holds what is not simply a part
// of a word.
func plain(s string) string {
	odd := func(r rune) bool { return r == '"' || r == '=' || r == ' ' || !strconv.IsPrint(r) }
	if s == "" || strings.ContainsFunc(s, odd) {
		return strconv.Quote(s)
	}
	return s
}
