package main

import (
	"encoding/xml"
	"strings"

	"github.com/flowc/flowc/runtime/sim"
)

// A junitReport gathers tests for a report in the form of JUnit.
type junitReport struct {
	suites []*junitSuite
	byFile map[string]*junitSuite
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func (r *junitReport) suite(f *testFile) *junitSuite {
	if r.byFile == nil {
		r.byFile = map[string]*junitSuite{}
	}
	if r.byFile[f.name] == nil {
		r.byFile[f.name] = &junitSuite{Name: f.name}
		r.suites = append(r.suites, r.byFile[f.name])
	}
	return r.byFile[f.name]
}

func (r *junitReport) result(f *testFile, res *sim.Result) error {
	s := r.suite(f)
	s.Tests++
	c := junitCase{Name: res.Test.Name, Class: f.name}
	if !res.Passed {
		s.Failures++
		var b strings.Builder
		(&plainReport{}).failure(&b, f, res)
		c.Failure = &junitFailure{Text: b.String()}
		if len(res.Problems) > 0 {
			c.Failure.Message = res.Problems[0].Message
		}
	}
	s.Cases = append(s.Cases, c)
	return nil
}

func (r *junitReport) none(*testFile) error                { return nil }
func (r *junitReport) covered(*testFile, *sim.Cover) error { return nil }
func (r *junitReport) close(int, int) error                { return nil }

// write writes the report to a file.
func (r *junitReport) write(file string) error {
	doc, err := xml.MarshalIndent(struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []*junitSuite
	}{Suites: r.suites}, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(file, append([]byte(xml.Header), append(doc, '\n')...))
}
