package analyze

import (
	"io"
	"strings"
)

// WriteText writes the blast radius for people.
func (b *Blast) WriteText(w io.Writer) error {
	var t strings.Builder
	t.WriteString("if " + b.Node + " fails for good")
	if b.At != nil {
		t.WriteString("  (" + b.At.String() + ")")
	}
	t.WriteString("\n")
	b.write(&t, "  ")
	_, err := io.WriteString(w, t.String())
	return err
}

func (b *Blast) write(t *strings.Builder, lead string) {
	rows := table{}
	for _, s := range b.Stages {
		s.rows(&rows, b.Node)
	}
	end := b.End.row()
	if b.Past != nil {
		end[1] += "  (up to " + b.Past.Limit + ")"
	}
	rows = append(rows, end)
	if b.Outcome == "goes on" {
		rows.add("the run", "goes on")
	}
	rows.list("from then on", b.Types)
	rows.list("next, or beside", b.goesOn())
	for _, o := range b.Or {
		rows.add("as "+o.Error, strings.Join(o.End.row(), " "))
	}
	rows.write(t, lead)
	if b.Past != nil {
		t.WriteString("\n" + lead + "once more than " + b.Past.Limit + " have failed\n")
		b.Past.Blast.write(t, lead+"  ")
	}
}

// reasons are the rules in words.
var reasons = map[string]string{
	"R1":   "a failed step ends its chain",
	"R4":   "no more failures are tolerated",
	"eff":  "a member failed that raises on failure",
	"body": "what it runs failed",

	"alone": "its only member failed, so nobody won",
}

func (s *Stage) rows(t *table, first string) {
	lead := "fails too"
	for _, i := range s.Informed {
		t.add(lead, i.ID+"  ("+reasons[i.Rule]+")")
		lead = ""
	}
	var cancelled []string
	for _, c := range s.Cancelled {
		text := c.ID
		if c.OthersOf != "" {
			text += "  (of the other items)"
		}
		cancelled = append(cancelled, text)
	}
	t.list("cancelled", cancelled)
	t.list("skipped", s.Skipped)
	t.list("cleans up", s.Cleans)
	at := first
	if n := len(s.Informed); n > 0 {
		at = s.Informed[n-1].ID
	} else if s.From != first {
		at = s.From
	}
	for _, d := range s.Does {
		switch d.What {
		case "undo":
			t.list("undone", d.IDs)
		case "retry":
			t.add("then", at+" runs again, up to "+times(d.Note)+"; if the last attempt fails too:")
		default:
			t.add("then", d.ID+" runs")
		}
	}
}

func times(n string) string {
	if n == "1" {
		return "once"
	}
	return n + " times"
}

func (e End) row() []string {
	switch e.Kind {
	case "boundary":
		return []string{"absorbed", "by " + e.ID + "  (raises_on_failure = false)"}
	case "tolerated":
		return []string{"tolerated", "by " + e.ID}
	case "caught":
		return []string{"caught", "by " + e.ID}
	case "handler":
		return []string{"ends here", e.ID + "  (a handler that fails changes nothing)"}
	}
	return []string{"the run", "fails"}
}

// maxListed is how many of those that go on are listed.
const maxListed = 12

func (b *Blast) goesOn() []string {
	var list []string
	for k, id := range b.GoesOn {
		if k == maxListed {
			return append(list, plural(len(b.GoesOn)-k, "more", "more"))
		}
		if strings.HasSuffix(id, "[]") {
			id += "  (the other items)"
		}
		list = append(list, id)
	}
	return list
}
