package analyze

import (
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// cells measures text in columns of a terminal, the same in every locale.
var cells = &runewidth.Condition{StrictEmojiNeutral: true}

// WriteText writes the facts for people.
func (f *NodeFacts) WriteText(w io.Writer) error {
	var b strings.Builder
	b.WriteString(f.ID + "  " + f.headline() + "\n")
	facts := table{}
	facts.add("at", f.At.text())
	facts.add("gives", f.Type)
	facts.list("seen as", f.Seen)
	facts.add("raises", strings.Join(f.Raises, ", "))
	facts.add("reads", strings.Join(f.Reads, ", "))
	facts.list("needs", useTexts(f.Needs))
	facts.list("after", without(f.After, f.Needs))
	facts.list("needed by", useTexts(f.Needed))
	facts.list("before", without(f.Before, f.Needed))
	facts.write(&b, "  ")
	b.WriteString("\n")
	settings := table{}
	for _, s := range f.Settings {
		from := s.From
		if s.Of != "" {
			from += " from " + s.Of
		}
		if s.At != nil {
			from += "  " + s.At.String()
		}
		note := ""
		if s.Note != "" {
			note = "(" + s.Note + ")"
		}
		settings = append(settings, []string{s.Name, shorten(s.Value, 48), from, note})
	}
	settings.write(&b, "  ")
	_, err := io.WriteString(w, b.String())
	return err
}

func (f *NodeFacts) headline() string {
	text := f.Kind
	switch {
	case f.Kind == "activity" || f.Kind == "child" || f.Role != Member:
		text += " " + f.Title
	default:
		text = f.Title
	}
	if len(f.Each) > 0 && f.Kind != "item" && f.Kind != "round" {
		text += ", once for each of " + strings.Join(f.Each, " and ")
	}
	return text
}

// without leaves out what a data edge says already.
func without(ids []string, uses []Use) []string {
	said := map[string]bool{}
	for _, u := range uses {
		said[u.ID] = true
	}
	var list []string
	for _, id := range ids {
		if !said[id] {
			list = append(list, id)
		}
	}
	return list
}

func (p *Place) text() string {
	if p == nil {
		return ""
	}
	return p.String()
}

func useTexts(uses []Use) []string {
	var list []string
	for _, u := range uses {
		text := u.ID
		if len(u.Names) > 0 && strings.Join(u.Names, "") != lastName(u.ID) {
			text += " (" + strings.Join(u.Names, ", ") + ")"
		}
		list = append(list, text)
	}
	return list
}

// table is text in columns. The last column is not padded.
type table [][]string

// add adds a row of two columns, unless there is nothing in the second.
func (t *table) add(name, value string) {
	if value != "" {
		*t = append(*t, []string{name, value})
	}
}

// list adds a row for each value, with the name before the first.
func (t *table) list(name string, values []string) {
	for _, v := range values {
		t.add(name, v)
		name = ""
	}
}

func (t table) write(b *strings.Builder, lead string) {
	var widths []int
	for _, row := range t {
		for k, text := range row {
			if k == len(widths) {
				widths = append(widths, 0)
			}
			widths[k] = max(widths[k], min(cells.StringWidth(text), 60))
		}
	}
	for _, row := range t {
		line := lead
		for k, text := range row {
			line += text
			if k < len(row)-1 {
				line += strings.Repeat(" ", max(0, widths[k]-cells.StringWidth(text))+2)
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}
