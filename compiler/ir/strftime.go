package ir

import (
	"fmt"
	"strings"
)

var (
	monthNames   = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	weekdayNames = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
)

// CheckTimeFormat reports what is wrong with a format of `${x:%Y-%m-%d}`, for
// a value of the given kind, which is KDate or KTime.
//
// The conversions are those of C's strftime in the C locale, in UTC: %Y %m %d
// %j %y %b %B %a %A %F for dates and times, %H %M %S %f %s %z %Z %T for times
// only, and %%. %f is six digits of microseconds, as in Python.
func CheckTimeFormat(format string, of Kind) error {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		i++
		switch {
		case i == len(format):
			return fmt.Errorf("the format %q ends in the middle of a conversion; a percent sign is `%%%%`", format)
		case strings.IndexByte("YmdjybBaAF%", format[i]) >= 0:
		case strings.IndexByte("HMSfszZT", format[i]) >= 0:
			if of == KDate {
				return fmt.Errorf("`%%%c` needs a time, and a date has none", format[i])
			}
		default:
			return fmt.Errorf("`%%%s` is no conversion; there are %%Y %%m %%d %%H %%M %%S %%j %%y %%b %%B %%a %%A %%z %%Z %%s %%f %%F %%T %%%%", firstRune(format[i:]))
		}
	}
	return nil
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// Format returns d in the given format, see [CheckTimeFormat].
func (d Date) Format(format string) (string, error) {
	if err := CheckTimeFormat(format, KDate); err != nil {
		return "", err
	}
	return string(strftime(format, d, 0)), nil
}

// Format returns t in UTC in the given format, see [CheckTimeFormat].
func (t Time) Format(format string) (string, error) {
	if err := CheckTimeFormat(format, KTime); err != nil {
		return "", err
	}
	return string(strftime(format, t.Date(), t)), nil
}

// strftime follows a format that is known to be good.
func strftime(format string, d Date, t Time) []byte {
	var dst []byte
	year, month, dayOfMonth := d.Civil()
	h, m, s, nanos := t.Clock()
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			dst = append(dst, format[i])
			continue
		}
		i++
		switch format[i] {
		case 'Y':
			dst = pad(dst, year, 4)
		case 'm':
			dst = pad(dst, month, 2)
		case 'd':
			dst = pad(dst, dayOfMonth, 2)
		case 'j':
			dst = pad(dst, d.YearDay(), 3)
		case 'y':
			dst = pad(dst, (year%100+100)%100, 2)
		case 'b':
			dst = append(dst, monthNames[month-1][:3]...)
		case 'B':
			dst = append(dst, monthNames[month-1]...)
		case 'a':
			dst = append(dst, weekdayNames[d.Weekday()][:3]...)
		case 'A':
			dst = append(dst, weekdayNames[d.Weekday()]...)
		case 'F':
			dst = d.append(dst)
		case 'H':
			dst = pad(dst, h, 2)
		case 'M':
			dst = pad(dst, m, 2)
		case 'S':
			dst = pad(dst, s, 2)
		case 'T':
			dst = fmt.Appendf(dst, "%02d:%02d:%02d", h, m, s)
		case 'f':
			dst = pad(dst, int(nanos/1000), 6)
		case 's':
			dst = fmt.Append(dst, floorDiv(int64(t), second))
		case 'z':
			dst = append(dst, "+0000"...)
		case 'Z':
			dst = append(dst, "UTC"...)
		case '%':
			dst = append(dst, '%')
		}
	}
	return dst
}
