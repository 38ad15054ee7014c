package worker_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/worker"
	"github.com/flowc/flowc/stdlib/activity"
)

// Order is what charge is given. The names are those of the parameters that
// the flow declares:
//
//	error Declined { code: string }
//	activity charge(customer: string, cents: int) -> Receipt raises Declined {
//	  task_list = "billing", heartbeat = 30s, retry = 3
//	}
type Order struct {
	Customer string `json:"customer"`
	Cents    int64  `json:"cents"`
}

// Receipt is what it gives.
type Receipt struct {
	ID    string `json:"id"`
	Cents int64  `json:"cents"`
}

// charge is an activity. The worker sends heartbeats while it works. Its
// context ends when the task is cancelled, or nobody waits for it any more.
func charge(ctx context.Context, in Order) (Receipt, error) {
	if in.Cents > 100_000 {
		return Receipt{}, &activity.Error{Name: "Declined", Message: "that is too much", Fields: map[string]string{"code": "limit"}}
	}
	attempt := activity.Info(ctx)
	attempt.Log(fmt.Sprintf("charging %s, attempt %d", in.Customer, attempt.Number))
	select {
	case <-time.After(10 * time.Millisecond): // the bank thinks
	case <-ctx.Done():
		return Receipt{}, ctx.Err()
	}
	// The key is equal for every attempt of the same task: nobody pays twice.
	return Receipt{ID: "receipt for " + in.Customer, Cents: in.Cents}, nil
}

// A program that performs activities in Go.
func Example() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	// The environment says where AWS is, and who we are.
	client, err := swf.Connect(ctx, swf.Config{Domain: "sales"})
	if err != nil {
		fmt.Println(err)
		return
	}
	functions := new(activity.Registry)
	activity.Register(functions, "charge", charge)
	w, err := worker.New(worker.Config{
		Service: client, Domain: client.Domain, Lists: []string{"billing"}, Slots: 10, Activities: functions,
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	// It works until a signal comes, and then finishes what it has begun.
	ctx = untilServed(ctx, client) // a program of yours leaves this out
	if err := w.Run(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ann: {"id":"receipt for ann","cents":4200}
	// bob: Declined: that is too much
}
