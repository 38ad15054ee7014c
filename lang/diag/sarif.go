package diag

import (
	"encoding/json"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// The types below are the part of SARIF 2.1.0 that WriteSARIF uses, with the
// names of the standard.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               Code        `json:"id"`
		ShortDescription sarifText   `json:"shortDescription"`
		Help             sarifHelp   `json:"help"`
		Default          sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifHelp struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    Code            `json:"ruleId"`
		RuleIndex *int            `json:"ruleIndex,omitempty"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
		Fixes     []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		ID       *int          `json:"id,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
		ByteOffset  int `json:"byteOffset"`
		ByteLength  int `json:"byteLength"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion `json:"deletedRegion"`
		Inserted sarifText   `json:"insertedContent"`
	}
)

const sarifSchema = "https://json.schemastore.org/sarif-2.1.0.json"

// WriteSARIF writes ds to w as one SARIF 2.1.0 log, the form that code hosts
// read. version is flowc's own, "" if unknown. The codes that occur are its
// rules, in the order of their first finding, each with its page as help.
func WriteSARIF(w io.Writer, ds []Diagnostic, version string) error {
	run := sarifRun{
		Tool:       sarifTool{Driver: sarifDriver{Name: "flowc", Version: version, Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	ruleIndex := map[Code]int{}
	for i := range ds {
		d := &ds[i]
		r := toSARIF(d)
		if page, ok := Explain(d.Code); ok {
			index, seen := ruleIndex[d.Code]
			if !seen {
				index = len(ruleIndex)
				ruleIndex[d.Code] = index
				run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, page.rule())
			}
			r.RuleIndex = &index
		}
		run.Results = append(run.Results, r)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

func (p Page) rule() sarifRule {
	return sarifRule{
		ID:               p.Code,
		ShortDescription: sarifText{p.Title},
		Help:             sarifHelp{Text: p.Text, Markdown: p.Markdown(1)},
		Default:          sarifConfig{p.Severity.String()},
	}
}

func toSARIF(d *Diagnostic) sarifResult {
	r := sarifResult{
		RuleID:    d.Code,
		Level:     d.Severity.String(),
		Message:   sarifText{d.inWords()},
		Locations: []sarifLocation{},
	}
	if d.Primary.Source != nil {
		r.Locations = append(r.Locations, d.Primary.sarif())
	}
	for _, l := range d.Secondary {
		if l.Source != nil {
			location := l.sarif()
			id := len(r.Related) + 1
			location.ID = &id
			r.Related = append(r.Related, location)
		}
	}
	for _, f := range d.Fixes {
		if len(f.Edits) > 0 {
			r.Fixes = append(r.Fixes, f.sarif())
		}
	}
	return r
}

// inWords returns all that d says apart from its labels. A viewer may show
// nothing else, so help is in it too.
func (d *Diagnostic) inWords() string {
	var b strings.Builder
	b.WriteString(d.Message)
	for _, n := range d.facts() {
		b.WriteString("\nnote: " + n)
	}
	for _, f := range d.Fixes {
		b.WriteString("\nhelp: " + f.title())
	}
	return b.String()
}

func (l Label) sarif() sarifLocation {
	location := sarifLocation{Physical: sarifPhysical{Artifact: l.Source.artifact(), Region: l.Span.region()}}
	if l.Text != "" {
		location.Message = &sarifText{l.Text}
	}
	return location
}

// sarif returns f with its edits by file, in the order of their first edit.
func (f Fix) sarif() sarifFix {
	fix := sarifFix{Description: sarifText{f.title()}}
	index := map[*Source]int{}
	for _, e := range f.Edits {
		if e.Source == nil {
			continue
		}
		i, ok := index[e.Source]
		if !ok {
			i = len(fix.Changes)
			index[e.Source] = i
			fix.Changes = append(fix.Changes, sarifChange{Artifact: e.Source.artifact()})
		}
		fix.Changes[i].Replacements = append(fix.Changes[i].Replacements,
			sarifReplacement{e.region(), sarifText{e.New}})
	}
	return fix
}

// artifact returns the name of s as a URI: relative as the name is.
func (s *Source) artifact() sarifArtifact {
	name := path.Clean(filepath.ToSlash(s.Name))
	u := url.URL{Path: name}
	if path.IsAbs(name) {
		u.Scheme = "file"
	}
	return sarifArtifact{u.String()}
}

func (s Span) region() sarifRegion {
	start, end := s.Source.Position(s.Start), s.Source.Position(s.End)
	return sarifRegion{
		StartLine: start.Line, StartColumn: start.Column,
		EndLine: end.Line, EndColumn: end.Column,
		ByteOffset: start.Offset, ByteLength: max(0, end.Offset-start.Offset),
	}
}
