package main

import "testing"

// What is measured is right: a front end that refuses its source is fast.
func TestSourcesAreRight(t *testing.T) {
	for name, measure := range map[string]func([]string) (any, error){"flow": frontEndChild, "go": goSourceChild} {
		r, err := measure([]string{"20000", "1"})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := r.(reading).Bytes; got < 20000 || got > 22000 {
			t.Errorf("%s: %v bytes, want about 20,000", name, got)
		}
	}
}

func TestShapesRunToTheirEnd(t *testing.T) {
	for _, kind := range []string{"chain", "group", "map"} {
		plan, err := prepare(kind, 50)
		if err != nil {
			t.Fatal(err)
		}
		if events, err := drive(plan, quiet, 0, nil); err != nil || events != 51 {
			t.Errorf("%s: %d events, %v; want the start and 50 tasks", kind, events, err)
		}
	}
}

func TestNumbersAreShort(t *testing.T) {
	for x, want := range map[float64]string{0: "0.00", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 1234567: "1,234,567"} {
		if got := short(x); got != want {
			t.Errorf("%v: got %s, want %s", x, got, want)
		}
	}
	if got := (sample{3, 1, 2, 10}).median(); got != 2.5 {
		t.Errorf("median: got %v", got)
	}
}

func TestARunOnAServerIsMeasured(t *testing.T) {
	r, err := servedChild([]string{"group", "10", t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	k := r.(served)
	if k.History < 10*3+5 || k.Tasks < 2 || k.Bytes < k.Size/2 || k.Seconds <= 0 { // what stands after the last decision is not received
		t.Errorf("got %+v, want what a group of ten costs", k)
	}
}
