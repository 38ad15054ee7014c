// Billing performs the activities of checkout.flow that speak to the bank. It
// polls the task list `billing` of the domain that FLOW_DOMAIN names, until it
// is told to end:
//
//	FLOW_DOMAIN=dev AWS_ENDPOINT_URL_SWF=http://127.0.0.1:4567 go run ./examples/checkout/billing
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/worker"
	"github.com/flowc/flowc/stdlib/activity"
)

// limit is what the bank lets anybody spend.
const limit = 100_000

// A sale is what charge is given: the parameters of the activity, by name.
type sale struct {
	Customer string `json:"customer"`
	Cents    int64  `json:"cents"`
}

// A receipt is what it gives: the type Receipt of the flow.
type receipt struct {
	ID    string `json:"id"`
	Cents int64  `json:"cents"`
}

// refunding is what refund is given.
type refunding struct {
	Receipt receipt `json:"receipt"`
}

// charge takes the money. A real one would pass [activity.Attempt.Key] on to the
// bank: it is the same in every attempt, so that nobody pays twice.
func charge(ctx context.Context, in sale) (receipt, error) {
	if in.Cents > limit {
		return receipt{}, &activity.Error{Name: "Declined", Message: "over the limit", Fields: map[string]string{"code": "limit"}}
	}
	activity.Info(ctx).Log(fmt.Sprintf("%s pays %d cents", in.Customer, in.Cents))
	return receipt{ID: "receipt-" + in.Customer, Cents: in.Cents}, nil
}

// refund gives it back.
func refund(ctx context.Context, in refunding) (activity.None, error) {
	activity.Info(ctx).Log(in.Receipt.ID + " is paid back")
	return activity.None{}, nil
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "billing:", err)
		os.Exit(1)
	}
}

func serve() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	client, err := swf.Connect(ctx, swf.Config{Domain: os.Getenv("FLOW_DOMAIN")})
	if err != nil {
		return err
	}
	functions := new(activity.Registry)
	activity.Register(functions, "charge", charge)
	activity.Register(functions, "refund", refund)
	w, err := worker.New(worker.Config{
		Service: client, Domain: client.Domain, Lists: []string{"billing"}, Slots: 2, Activities: functions,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	return w.Run(ctx)
}
