package ir_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
)

// The package time is the judge here; what is judged may not import it.

func TestEveryDateAgreesWithTheCalendar(t *testing.T) {
	day := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	for ; day.Year() < 10_000; day = day.AddDate(0, 0, 1) {
		d := ir.Date(day.Unix() / 86400)
		if day.Unix() < 0 {
			d = ir.Date(-(-day.Unix() / 86400))
		}
		year, month, dayOfMonth := d.Civil()
		back, ok := ir.DateOf(year, month, dayOfMonth)
		if year != day.Year() || month != int(day.Month()) || dayOfMonth != day.Day() ||
			d.Weekday() != int(day.Weekday()) || d.YearDay() != day.YearDay() || !ok || back != d {
			t.Fatalf("%s is taken for %s", day, d)
		}
	}
}

func TestTimesAgreeWithTheClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := ir.Time(rapid.Int64Range(math.MinInt64+2e9, math.MaxInt64-2e9).Draw(t, "time"))
		want := time.Unix(0, int64(at)).UTC()
		if got := at.String(); got != want.Format(time.RFC3339Nano) {
			t.Fatalf("got %s, want %s", got, want.Format(time.RFC3339Nano))
		}
		back, err := ir.ParseTime(at.String())
		if err != nil || back != at {
			t.Fatalf("%s came back as %s, %v", at, back, err)
		}
		zone := time.FixedZone("", rapid.IntRange(-23*60, 23*60).Draw(t, "offset")*60)
		if abroad, err := ir.ParseTime(want.In(zone).Format(time.RFC3339Nano)); err != nil || abroad != at {
			t.Fatalf("%s in another zone is %s, %v", at, abroad, err)
		}
		got, err := at.Format("%Y-%m-%d %H:%M:%S %j %y %b %B %a %A %f %s %z %Z %F %T %%")
		text := want.Format("2006-01-02 15:04:05 002 06 Jan January Mon Monday ") + fmt.Sprintf("%06d %d +0000 UTC ", want.Nanosecond()/1000, want.Unix()) + want.Format("2006-01-02 15:04:05") + " %"
		if err != nil || got != text {
			t.Fatalf("got %s, %v, want %s", got, err, text)
		}
	})
}

func TestTimesThatAreNone(t *testing.T) {
	for _, s := range []string{
		"", "noon", "2026-01-31", "2026-01-31T02:00", "2026-01-31T2:00Z", "2026-01-31 02:00Z", "2026-13-01T00:00Z", "2025-02-29T00:00Z",
		"2026-01-31T24:00Z", "2026-01-31T02:60Z", "2026-01-31T02:00:60Z", "2026-01-31T02:00:00.Z", "2026-01-31T02:00:00.0000000001Z",
		"2026-01-31T02:00+1:00", "2026-01-31T02:00Zz", "1600-01-01T00:00Z", "2300-01-01T00:00Z", "+2026-01-31T02:00Z",
	} {
		if got, err := ir.ParseTime(s); err == nil {
			t.Errorf("%q is taken for %s", s, got)
		}
	}
	for s, want := range map[string]string{
		"2024-02-29T23:59:59.120000000Z": "2024-02-29T23:59:59.12Z",
		"2026-01-01T00:30+01:00":         "2025-12-31T23:30:00Z",
		"1969-12-31T23:59:59.5Z":         "1969-12-31T23:59:59.5Z",
	} {
		if got, err := ir.ParseTime(s); err != nil || got.String() != want {
			t.Errorf("%q is %s, %v, want %s", s, got, err, want)
		}
	}
}

func TestTimesInJSON(t *testing.T) {
	type event struct {
		Time ir.Time `json:"time"`
	}
	text, err := json.Marshal(event{1_500_000_000})
	if err != nil || string(text) != `{"time":"1970-01-01T00:00:01.5Z"}` {
		t.Fatalf("got %s, %v", text, err)
	}
	var back event
	if err := json.Unmarshal(text, &back); err != nil || back.Time != 1_500_000_000 {
		t.Errorf("%s came back as %v, %v", text, back, err)
	}
	if err := json.Unmarshal([]byte(`{"time":5}`), &back); err == nil {
		t.Error("a number is taken for a time")
	}
}

func TestFormatsThatAreNone(t *testing.T) {
	for format, want := range map[string]string{"%H": "a date has none", "%Q": "`%Q` is no conversion", "%": "ends in the middle", "%é": "`%é` is no conversion"} {
		if _, err := ir.Date(0).Format(format); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", format, err, want)
		}
	}
}

func TestDurationsAreTheLiteralsThatWriteThem(t *testing.T) {
	for _, c := range []struct {
		text string
		want ir.Duration
		back string
	}{
		{"0s", 0, "0s"}, {"1h30m", 5400e9, "1h30m"}, {"90m", 5400e9, "1h30m"}, {"7d", 7 * 86400e9, "7d"}, {"36h", 36 * 3600e9, "1d12h"},
		{"250ms", 250e6, "250ms"}, {"1.5s", 1500e6, "1s500ms"}, {"2us5ns", 2005, "2us5ns"}, {"2µs", 2000, "2us"}, {"-30s", -30e9, "-30s"}, {"0.25h", 900e9, "15m"},
		{"9223372036854775807ns", math.MaxInt64, "106751d23h47m16s854ms775us807ns"},
	} {
		got, err := ir.ParseDuration(c.text)
		if err != nil || got != c.want || got.String() != c.back {
			t.Errorf("%s is %d (%s), %v, want %d (%s)", c.text, got, got, err, c.want, c.back)
		}
	}
	for _, s := range []string{"", "-", "5", "h", "1x", "1m1h", "1s1s", "1.s", ".5s", "1 s", "99999999999d", "9223372036854775808ns", "0.5ns", "1e3s", "--1s", "1s "} {
		if got, err := ir.ParseDuration(s); err == nil {
			t.Errorf("%q is taken for %s", s, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := ir.Duration(rapid.Int64().Draw(t, "duration"))
		if back, err := ir.ParseDuration(d.String()); err != nil || back != d {
			t.Fatalf("%s came back as %s, %v", d, back, err)
		}
	})
	least := ir.Duration(math.MinInt64)
	if back, err := ir.ParseDuration(least.String()); err != nil || back != least {
		t.Errorf("the least duration, %s, came back as %s, %v", least, back, err)
	}
}

func TestSizesTakeTheLargestWholeUnit(t *testing.T) {
	for size, want := range map[ir.Size]string{0: "0B", 64_000: "64KB", 65_536: "64KiB", 1e9: "1GB", 1 << 30: "1GiB", 1501: "1501B", -2000: "-2KB"} {
		if got := size.String(); got != want {
			t.Errorf("%d is %s, want %s", int64(size), got, want)
		}
	}
}
