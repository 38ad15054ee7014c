package telemetry

import (
	"context"
	"errors"
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
)

// fan is a handler that hands everything to several others.
type fan []slog.Handler

var _ slog.Handler = fan{}

// Enabled reports whether one of the handlers wants a level.
func (f fan) Enabled(ctx context.Context, level slog.Level) bool {
	for _, h := range f {
		if h.Enabled(ctx, level) {
			return true
		}
	}
	return false
}

// Handle has each handler handle a record.
func (f fan) Handle(ctx context.Context, r slog.Record) error {
	var errs []error
	for _, h := range f {
		if h.Enabled(ctx, r.Level) {
			errs = append(errs, h.Handle(ctx, r.Clone()))
		}
	}
	return errors.Join(errs...)
}

// WithAttrs returns a fan whose handlers add attributes.
func (f fan) WithAttrs(attrs []slog.Attr) slog.Handler {
	return f.each(func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
}

// WithGroup returns a fan whose handlers open a group.
func (f fan) WithGroup(name string) slog.Handler {
	return f.each(func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}

func (f fan) each(do func(slog.Handler) slog.Handler) fan {
	next := make(fan, len(f))
	for k, h := range f {
		next[k] = do(h)
	}
	return next
}

// exported is a handler that passes records on to OpenTelemetry.
type exported struct {
	to     log.Logger
	prefix string // of the names of attributes: the groups that are open
	attrs  []attribute.KeyValue
}

var _ slog.Handler = &exported{}

func newExported(to log.Logger) *exported { return &exported{to: to} }

// Enabled reports whether a level is wanted.
func (h *exported) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle passes a record on.
func (h *exported) Handle(ctx context.Context, r slog.Record) error {
	var out log.Record
	out.SetTimestamp(r.Time)
	out.SetBody(attribute.StringValue(r.Message))
	out.SetSeverity(log.Severity(int(r.Level) + int(log.SeverityInfo))) // both count in fours
	out.SetSeverityText(r.Level.String())
	out.AddAttributes(h.attrs...)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttributes(h.flat(h.prefix, a)...)
		return true
	})
	h.to.Emit(ctx, out)
	return nil
}

// flat returns an attribute with its groups as dots in its name.
func (h *exported) flat(prefix string, a slog.Attr) []attribute.KeyValue {
	v := a.Value.Resolve()
	if v.Kind() != slog.KindGroup {
		return []attribute.KeyValue{attribute.String(prefix+a.Key, v.String())}
	}
	if a.Key != "" {
		prefix += a.Key + "."
	}
	var all []attribute.KeyValue
	for _, inner := range v.Group() {
		all = append(all, h.flat(prefix, inner)...)
	}
	return all
}

// WithAttrs returns a handler that adds attributes.
func (h *exported) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	next.attrs = append([]attribute.KeyValue{}, h.attrs...)
	for _, a := range attrs {
		next.attrs = append(next.attrs, h.flat(h.prefix, a)...)
	}
	return &next
}

// WithGroup returns a handler that opens a group.
func (h *exported) WithGroup(name string) slog.Handler {
	next := *h
	if name != "" {
		next.prefix += name + "."
	}
	return &next
}
