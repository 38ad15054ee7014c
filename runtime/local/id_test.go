package local_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/flowc/flowc/runtime/local"
)

func TestRunIDsSortByTime(t *testing.T) {
	form := regexp.MustCompile(`^etl-[0-9A-HJKMNP-TV-Z]{26}$`)
	at, last := time.Now().Add(time.Hour), ""
	for i := range 1000 {
		if i == 500 {
			at = at.Add(-time.Minute) // a clock that is set back
		}
		id := local.NewRunID("etl", at)
		if !form.MatchString(id) || id <= last {
			t.Fatalf("%s follows %s", id, last)
		}
		last = id
	}
}

func TestRunIDHoldsItsTime(t *testing.T) {
	if id := local.NewRunID("w", time.UnixMilli(4_625_678_901_234)); !strings.HasPrefix(id, "w-046KZZ57ZJ") {
		t.Errorf("got %s", id)
	}
}

func TestCheckRunID(t *testing.T) {
	for id, ok := range map[string]bool{
		"etl-01J": true, "a": true, "A_b.c-9": true, "_": true,
		"": false, ".hidden": false, "-flag": false, "a/b": false, "a b": false, "é": false, "a\n": false,
		strings.Repeat("x", 128): true, strings.Repeat("x", 129): false,
	} {
		if err := local.CheckRunID(id); (err == nil) != ok {
			t.Errorf("%q: got %v", id, err)
		}
	}
}
