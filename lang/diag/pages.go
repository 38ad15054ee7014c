package diag

import (
	"bufio"
	"cmp"
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// pageFiles holds one Markdown file for each code: a heading with the title,
// prose, and the sections "Wrong" and "Right" with one block of code each.
//
//go:embed pages/*.md
var pageFiles embed.FS

// Page explains one code.
type Page struct {
	Code     Code
	Severity Severity
	Title    string // lower case, no full stop
	Text     string // Markdown paragraphs
	// Wrong is a whole .flow file that yields Code and nothing else that is an
	// error. It is empty where no file alone can: the finding is about a
	// command line, another file or a back end, or needs a file of megabytes.
	Wrong string
	// Right is a whole .flow file that compiles, what Wrong should have been.
	// It is empty where Wrong is.
	Right string
}

// Explain returns the page of a code, and whether there is such a code. The
// case of the code does not count.
func Explain(c Code) (Page, bool) {
	c = Code(strings.ToUpper(string(c)))
	text, err := pageFiles.ReadFile("pages/" + string(c) + ".md")
	if err != nil {
		return Page{}, false
	}
	return parsePage(c, string(text)), true
}

// Codes returns the pages of all codes, ordered by number.
func Codes() []Page { return allPages() }

var allPages = sync.OnceValue(func() []Page {
	files, err := pageFiles.ReadDir("pages")
	if err != nil {
		panic(fmt.Sprintf("the embedded pages cannot be listed: %v", err)) // embed never fails so
	}
	pages := make([]Page, 0, len(files))
	for _, f := range files {
		p, _ := Explain(Code(strings.TrimSuffix(f.Name(), ".md")))
		pages = append(pages, p)
	}
	slices.SortFunc(pages, func(a, b Page) int { return cmp.Compare(a.Code[1:], b.Code[1:]) })
	return pages
})

// parsePage reads the Markdown of a page.
func parsePage(c Code, text string) Page {
	p := Page{Code: c, Severity: c.Severity()}
	text, right, _ := strings.Cut(text, "\n## Right\n")
	text, wrong, _ := strings.Cut(text, "\n## Wrong\n")
	title, prose, _ := strings.Cut(text, "\n")
	p.Title = strings.TrimPrefix(title, "# ")
	p.Text = strings.TrimSpace(prose)
	p.Wrong = codeBlock(wrong)
	p.Right = codeBlock(right)
	return p
}

const (
	fence     = "```"
	flowFence = fence + "flow\n"
)

// codeBlock returns what stands in the first block of flow code of text.
func codeBlock(text string) string {
	_, text, _ = strings.Cut(text, flowFence)
	text, _, _ = strings.Cut(text, fence)
	return text
}

// Markdown returns the page as a section of a document, with its heading at
// the given level.
func (p Page) Markdown(level int) string {
	var b strings.Builder
	heading := strings.Repeat("#", level)
	fmt.Fprintf(&b, "%s %s: %s\n\n%s\n", heading, p.Code, p.Title, p.Text)
	for _, example := range p.examples() {
		fmt.Fprintf(&b, "\n%s:\n\n%s%s%s\n", example.title, flowFence, example.code, fence)
	}
	return b.String()
}

// Render writes the page for people.
func (p Page) Render(w io.Writer, color bool) error {
	out := &painter{color: color, out: bufio.NewWriter(w)}
	st := fault
	if p.Severity == Warning {
		st = caution
	}
	out.put(st, fmt.Sprintf("%s[%s]", p.Severity, p.Code))
	out.put(strong, ": "+p.Title)
	out.endLine()
	out.endLine()
	inBlock := false
	for _, line := range strings.Split(p.Text, "\n") {
		if strings.HasPrefix(line, fence) {
			inBlock = !inBlock
			continue
		}
		if inBlock {
			line = "    " + line
		}
		out.put(plain, line)
		out.endLine()
	}
	for _, example := range p.examples() {
		out.endLine()
		out.put(remark, example.title+":")
		out.endLine()
		out.endLine()
		for _, line := range strings.Split(strings.TrimSuffix(example.code, "\n"), "\n") {
			out.put(plain, "    "+line)
			out.endLine()
		}
	}
	return out.out.Flush()
}

type example struct{ title, code string }

func (p Page) examples() []example {
	if p.Wrong == "" {
		return nil
	}
	return []example{{"Wrong", p.Wrong}, {"Right", p.Right}}
}
