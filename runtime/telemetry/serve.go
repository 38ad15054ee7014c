package telemetry

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Serve serves the metrics for Prometheus at /metrics of an address until the
// telemetry is shut down, and returns the URL. The host of the address is the
// loopback interface unless it is given: who may see the names of workflows is
// for the owner to say. [Config.Prometheus] must be set.
func (t *Telemetry) Serve(address string) (url string, err error) {
	if !strings.Contains(address, ":") {
		address = ":" + address
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("%q is no address to serve metrics at: %w", address, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return "", fmt.Errorf("metrics cannot be served: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // until it is shut down
	}()
	t.ends = append(t.ends, func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		<-done
		return err
	})
	return fmt.Sprintf("http://%s/metrics", l.Addr()), nil
}
